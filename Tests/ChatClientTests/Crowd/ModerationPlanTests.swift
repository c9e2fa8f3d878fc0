import ChatModel
import Testing

@testable import ChatClient

struct ModerationPlanTests {
    private static let clients = 12
    private static let rooms = [
        ModerationPlan.Room(isPrivate: false, owner: 0), .init(isPrivate: true, owner: 1),
    ]

    private static func turns(_ count: Int, seed: UInt64) -> [ModerationPlan.Turn] {
        var plan = ModerationPlan(rooms: rooms, clients: clients, perSecond: 10, seed: seed)
        return (0..<count).map { _ in plan.next() }
    }

    @Test func theSeedDecidesAll() {
        #expect(Self.turns(500, seed: 1) == Self.turns(500, seed: 1))
        #expect(Self.turns(500, seed: 1) != Self.turns(500, seed: 2))
    }

    @Test(arguments: 0..<20)
    func turnsComeInTheirOrderAndAtTheirRate(seed: UInt64) {
        let turns = Self.turns(500, seed: seed)
        for (turn, next) in zip(turns, turns.dropFirst()) { #expect(turn.due <= next.due) }
        // What ends a ban or a policy comes in addition.
        #expect(turns[499].due > .seconds(25) && turns[499].due < .seconds(50))
    }

    @Test(arguments: 0..<20)
    func thereIsSomeOfEverything(seed: UInt64) {
        let turns = Self.turns(1_000, seed: seed)
        func count(_ condition: (ModerationPlan.Deed) -> Bool) -> Int { turns.count { condition($0.deed) } }
        #expect(count { if case .role(.banned, _, _?) = $0 { true } else { false } } > 20)
        #expect(count { if case .role(.banned, _, nil) = $0 { true } else { false } } > 20)
        #expect(count { if case .role(.moderator, _, _) = $0 { true } else { false } } > 5)
        #expect(count { $0 == .policy(.speak, "members") } > 5)
        #expect(count { $0 == .policy(.slow, "1") } > 5)
        #expect(count { $0 == .erase } > 200)
        #expect(count { $0 == .look } > 20)
    }

    /// Without its owner, nobody could end what others began.
    @Test(arguments: 0..<20)
    func nobodyIsRemovedForLongAndOwnersNever(seed: UInt64) {
        var removed: [[Int: Duration]] = [[:], [:]]
        for turn in Self.turns(2_000, seed: seed) {
            for (whom, since) in removed[turn.room] {
                #expect(turn.due - since < .seconds(10), "client \(whom) is still out of room \(turn.room)")
            }
            guard case .role(let role, let whom, let seconds) = turn.deed else { continue }
            let room = Self.rooms[turn.room]
            if role == .banned || role == .none && room.isPrivate {
                // Without a right to it, somebody may try.
                if whom == room.owner { #expect(turn.by != room.owner) }
                // A ban from an open room may end by itself.
                if whom != room.owner, turn.by == room.owner, seconds == nil || room.isPrivate {
                    removed[turn.room][whom] = turn.due
                }
            } else {
                removed[turn.room][whom] = nil
            }
        }
    }
}
