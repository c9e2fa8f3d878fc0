import ChatClient
import Testing

struct ChaosScheduleTests {
    private static func disturbances(_ count: Int, seed: UInt64) -> [ChaosSchedule.Disturbance] {
        var schedule = ChaosSchedule(clients: 5, seed: seed)
        return (0..<count).map { _ in schedule.next().disturbance }
    }

    @Test func aSeedRepeatsTheSchedule() {
        #expect(Self.disturbances(100, seed: 3) == Self.disturbances(100, seed: 3))
        #expect(Self.disturbances(100, seed: 3) != Self.disturbances(100, seed: 4))
    }

    @Test func everyKindHappensToEveryClient() {
        var kinds: Set<String> = []
        var victims: Set<Int> = []
        for disturbance in Self.disturbances(2_000, seed: 5) {
            switch disturbance {
            case .reset(let client):
                kinds.insert("reset")
                victims.insert(client)
            case .halfOpen: kinds.insert("half-open")
            case .slow(_, let duration):
                kinds.insert("slow")
                #expect((.seconds(1) ... .seconds(5)).contains(duration))
            case .deaf: kinds.insert("deaf")
            case .badFrame(let frame): kinds.insert(frame.rawValue)
            }
        }
        #expect(kinds.count == 4 + BadFrame.allCases.count)
        #expect(victims == Set(0..<5))
    }
}
