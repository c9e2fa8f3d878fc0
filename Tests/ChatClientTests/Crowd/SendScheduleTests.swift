import ChatClient
import Testing

struct SendScheduleTests {
    private static func turns(_ count: Int, seed: UInt64 = 1) -> [SendSchedule.Turn] {
        var schedule = SendSchedule(clients: 7, rooms: 3, perSecond: 70, seed: seed)
        return (0..<count).map { _ in schedule.next() }
    }

    @Test func theRateIsEven() {
        let turns = Self.turns(701)
        #expect(turns[0].due == .zero)
        #expect(abs(turns[700].due / .seconds(10) - 1) < 1e-9)
        for (turn, next) in zip(turns, turns.dropFirst()) {
            #expect(abs((next.due - turn.due) / .milliseconds(1_000.0 / 70) - 1) < 1e-6)
        }
    }

    @Test func everyoneSendsOncePerRound() {
        let turns = Self.turns(70)
        for round in stride(from: 0, to: 70, by: 7) {
            #expect(Set(turns[round..<round + 7].map(\.client)) == Set(0..<7))
        }
        #expect(Set(turns.map(\.room)) == [0, 1, 2])
        #expect(turns[..<7].map(\.client) != turns[7..<14].map(\.client), "the order is new in each round")
    }

    @Test func aSeedRepeatsTheSchedule() {
        #expect(Self.turns(50) == Self.turns(50))
        #expect(Self.turns(50) != Self.turns(50, seed: 2))
    }

    @Test(
        arguments: [(50, 20, 5, 50), (500, 20, 5, 80), (100, 20, 5, 80), (500, 20, 0, 500)]
            as [(Double, Int, Int, Double)])
    func nobodyExceedsTheServersRateLimit(asked: Double, clients: Int, perUser: Int, allowed: Double) {
        #expect(SendSchedule.allowed(asked: asked, clients: clients, perUser: perUser) == allowed)
    }
}
