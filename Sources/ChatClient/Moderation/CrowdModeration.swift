import ChatModel
import ChatProtocol
import Synchronization

/// Moderates the rooms of a crowd while it talks, following a `ModerationPlan`: its clients ban, silence and promote one
/// another, and delete what others said. Everything that they do is judged like their messages.
package final class CrowdModeration: Sendable {
    /// What was attempted.
    package struct Counts: Sendable, Encodable {
        package var bans = 0
        package var removals = 0
        package var otherRoles = 0
        package var policies = 0
        package var deletions = 0
        package var historiesRead = 0
        /// It was the turn of somebody who was not in the room, or there was nothing to delete.
        package var skipped = 0
    }

    private struct State {
        var plan: ModerationPlan
        var next: ModerationPlan.Turn
        var choices: SplitMix64
        var counts = Counts()
        var number = 0
    }

    private static let look = Duration.milliseconds(50)
    /// Owners let those in again who are still outside.
    private static let liftEvery = Duration.seconds(2)

    private let crowd: Crowd
    private let owners: [Int]
    private let begin = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameter crowd: in rooms of its own.
    package init(_ crowd: Crowd, rooms: CrowdRooms, perSecond: Double, seed: UInt64) {
        self.crowd = crowd
        owners = rooms.owners
        var plan = ModerationPlan(
            rooms: zip(rooms.names, rooms.owners).map { .init(isPrivate: $0.isPrivate, owner: $1) },
            clients: crowd.clients.count, perSecond: perSecond, seed: seed)
        let first = plan.next()
        state = Mutex(State(plan: plan, next: first, choices: SplitMix64(seed: ~seed)))
    }

    package var counts: Counts { state.withLock { $0.counts } }

    /// Performs what is due. Call every few milliseconds.
    package func step(at now: ContinuousClock.Instant = .now) {
        let due = state.withLock { state in
            var due: [(ModerationPlan.Turn, String, SplitMix64)] = []
            while begin + state.next.due <= now {
                state.number += 1
                due.append((state.next, "moderation-\(state.number)", SplitMix64(seed: state.choices.next())))
                state.next = state.plan.next()
            }
            return due
        }
        for (turn, key, choices) in due { perform(turn, key: key, choosing: choices) }
    }

    private func perform(_ turn: ModerationPlan.Turn, key: String, choosing choices: SplitMix64) {
        var choices = choices
        let room = crowd.rooms[turn.room]
        guard !crowd.record.isExpelled(turn.by, from: room) else { return count(\.skipped) }
        switch turn.deed {
        case .role(let role, let whom, let seconds):
            count(role == .banned ? \.bans : role == .none && room.isPrivate ? \.removals : \.otherRoles)
            give(role, to: whom, for: seconds, in: room, by: turn.by, key: key)
        case .policy(let setting, let value):
            count(\.policies)
            crowd.send(value, key: key, from: turn.by, to: room, act: .room(.policy(setting)))
        case .erase:
            guard let id = crowd.record.message(ofOthersBy: turn.by, in: room, using: &choices) else {
                return count(\.skipped)
            }
            count(\.deletions)
            crowd.send("", key: key, from: turn.by, to: room, act: .delete(id))
        case .look:
            count(\.historiesRead)
            crowd.clients[turn.by].ask(for: .before(nil), of: room, limit: 100)
        }
    }

    private func count(_ what: WritableKeyPath<Counts, Int>) { state.withLock { $0.counts[keyPath: what] += 1 } }

    private func give(_ role: RoomRole, to whom: Int, for seconds: Int?, in room: RoomName, by owner: Int, key: String)
    {
        guard let user = crowd.record.user(of: whom) else { return }
        let end = seconds.map { RoleEnd.after(seconds: $0) } ?? .never
        crowd.send(crowd.name(of: whom), key: key, from: owner, to: room, act: .room(.role(role, of: user, end)))
    }

    /// Ends what restricts anybody, until everybody is in every room again.
    package func restore(within limit: Duration) async throws {
        for (room, owner) in zip(crowd.rooms, owners) {
            for (setting, value) in [(RoomSetting.speak, Speakers.everyone.rawValue), (.slow, "0")] {
                crowd.send(
                    value, key: "end of \(setting) in \(room)", from: owner, to: room, act: .room(.policy(setting)))
            }
        }
        let end = ContinuousClock.now + limit
        var round = 0
        var lifted = ContinuousClock.now - Self.liftEvery
        while !(crowd.record.isLive(everywhere: crowd.rooms) && crowd.record.allAcked), ContinuousClock.now < end {
            if ContinuousClock.now - lifted >= Self.liftEvery {
                lifted = ContinuousClock.now
                round += 1
                lift(round)
            }
            try await Task.sleep(for: Self.look)
        }
    }

    private func lift(_ round: Int) {
        for (room, owner) in zip(crowd.rooms, owners) {
            for client in crowd.clients.indices where crowd.record.isExpelled(client, from: room) {
                give(
                    room.isPrivate ? .member : .none, to: client, for: nil, in: room, by: owner,
                    key: "lift \(round) of \(client) in \(room)")
            }
        }
    }
}
