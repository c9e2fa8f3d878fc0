package import ChatModel
package import NIOCore
import Synchronization

/// What the devices of each user share, on a standalone node. Owned by the `EmbeddedBackend`; called from every event
/// loop.
package final class EmbeddedDevices: UserDevices {
    private struct State {
        var positions = ReadPositionTable()
        /// Links that were used, by when they are forgotten: long after their end. In milliseconds of uptime.
        var usedLinks: [String: Int64] = [:]
        weak var receiver: (any RelayReceiver)?
    }

    private static let mostLinks = 20_000
    private static let linkLifetime: Int64 = 600_000

    private let uptime: @Sendable () -> Int64
    private let state = Mutex(State())

    init(uptime: @escaping @Sendable () -> Int64) { self.uptime = uptime }

    func attach(_ receiver: any RelayReceiver) {
        state.withLock { $0.receiver = receiver }
    }

    /// The user is not in the private room any more.
    func forget(_ room: RoomName, for user: UserID) {
        state.withLock { $0.positions.forget(room, for: user) }
    }

    package func read(
        _ positions: [ReadPosition], by user: UserID, at origin: SocketOrigin, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let (new, receiver) = state.withLock { state in
            (positions.filter { state.positions.note($0, by: user) }, state.receiver)
        }
        for read in new { receiver?.tell(user, .read(read, origin: origin)) }
        completion(.success(()))
    }

    package func positions(
        of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[ReadPosition], RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        completion(.success(state.withLock { $0.positions.positions(of: user) }))
    }

    package func take(
        link: String, to user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Bool, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let now = uptime()
        let (result, receiver) = state.withLock { state -> (Result<Bool, RelayError>, (any RelayReceiver)?) in
            if state.usedLinks[link] != nil { return (.success(false), nil) }
            if state.usedLinks.count >= Self.mostLinks {
                state.usedLinks = state.usedLinks.filter { $1 > now }
                guard state.usedLinks.count < Self.mostLinks else {
                    return (.failure(RelayError(.overloaded, "too many links were used")), nil)
                }
            }
            state.usedLinks[link] = now + Self.linkLifetime
            return (.success(true), state.receiver)
        }
        receiver?.tell(user, .linked)
        completion(result)
    }
}
