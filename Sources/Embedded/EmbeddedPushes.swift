package import ChatModel
package import NIOCore
import Synchronization

/// Devices for push messages, on a standalone node: until it ends, as all of its rooms.
package final class EmbeddedPushes: PushStore {
    private struct State {
        var subscribers: [UserID: PushSubscriber] = [:]
        var changed: [UserID: Int64] = [:]
        var seen: Int64?
        /// Those with messages since then.
        var rooms: @Sendable (Int64) -> [RoomName] = { _ in [] }
    }

    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    init(now: @escaping @Sendable () -> Int64) { self.now = now }

    func attach(_ rooms: @escaping @Sendable (Int64) -> [RoomName]) {
        state.withLock { $0.rooms = rooms }
    }

    package func keep(
        _ device: PushDevice, of user: User, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let now = now()
        let isKept = state.withLock { state in
            let known = state.subscribers[user.id]
            guard known != nil || state.subscribers.count < PushStoreLimits.users else { return false }
            let devices = (known?.devices ?? []).filter { $0.endpoint != device.endpoint } + [device]
            state.subscribers[user.id] = PushSubscriber(
                user: user.id, name: user.name, devices: devices.suffix(PushDevice.most))
            state.changed[user.id] = now
            return true
        }
        completion(isKept ? .success(()) : .failure(.tooManyPushUsers))
    }

    package func remove(
        endpoint: String, of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let now = now()
        state.withLock { state in
            guard let known = state.subscribers[user] else { return }
            let devices = known.devices.filter { $0.endpoint != endpoint }
            state.subscribers[user] =
                devices.isEmpty ? nil : PushSubscriber(user: user, name: known.name, devices: devices)
            state.changed[user] = now
        }
        completion(.success(()))
    }

    package func takeTurn(upTo: Int64?, changedSince: Int64) -> PushTurn? {
        let now = now()
        return state.withLock { state in
            if let upTo { state.seen = upTo }
            let changed = state.changed.filter { $0.value >= changedSince }.map(\.key)
            return PushTurn(
                now: now, seen: min(now, max(state.seen ?? now - 60_000, now - PushStoreLimits.oldest)),
                changed: changed)
        }
    }

    package func subscriber(_ user: UserID) -> PushSubscriber? {
        state.withLock { state in
            let subscriber = state.subscribers[user]
            if subscriber == nil { state.changed[user] = nil }
            return subscriber
        }
    }

    package func activeRooms(since: Int64) -> [RoomName] { state.withLock { $0.rooms }(since) }
}
