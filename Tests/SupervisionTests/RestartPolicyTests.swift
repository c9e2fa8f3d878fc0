import Supervision
import Testing

@Suite struct RestartPolicyTests {
    private let start = ContinuousClock.now

    /// The decisions on failures at these seconds.
    private func decisions(_ policy: RestartPolicy, at seconds: [Double]) -> [RestartPolicy.Decision] {
        var policy = policy
        // The longest wait is drawn.
        return seconds.map { policy.failed(now: start + .seconds($0), draw: \.upperBound) }
    }

    @Test func restartsAtOnceWithoutBackoffUntilTheIntensityIsExceeded() {
        let policy = RestartPolicy(RestartIntensity(3, in: .seconds(5)), then: .stop)
        let atOnce = RestartPolicy.Decision.restart(after: .zero)
        #expect(decisions(policy, at: [0, 1, 2, 3]) == [atOnce, atOnce, atOnce, .stop])
        #expect(decisions(policy, at: [0, 1, 2, 4.9]) == [atOnce, atOnce, atOnce, .stop])
    }

    @Test func theWindowSlides() {
        let policy = RestartPolicy(RestartIntensity(2, in: .seconds(5)), then: .escalate)
        let atOnce = RestartPolicy.Decision.restart(after: .zero)
        #expect(decisions(policy, at: [0, 4, 5, 8.9]) == [atOnce, atOnce, atOnce, .escalate])
        #expect(decisions(policy, at: [0, 4, 5, 9, 10]) == [atOnce, atOnce, atOnce, atOnce, atOnce])
    }

    @Test func anIntensityOfZeroAllowsNoRestart() {
        #expect(decisions(RestartPolicy.never, at: [0]) == [.escalate])
        #expect(decisions(RestartPolicy(RestartIntensity(0, in: .seconds(1)), then: .stop), at: [0]) == [.stop])
    }

    @Test func waitsGrowWithEachFailure() {
        let policy = RestartPolicy(
            RestartIntensity(10, in: .seconds(60)), backoff: Backoff(base: .seconds(1), cap: .seconds(3)),
            then: .escalate)
        #expect(decisions(policy, at: [0, 2, 5, 9]) == [1, 2, 3, 3].map { .restart(after: .seconds($0)) })
    }

    @Test func foreverNeverGivesUpAndResetsAfterAQuietWindow() {
        let policy = RestartPolicy(forever: Backoff(base: .seconds(1), cap: .seconds(20)), calmAfter: .seconds(30))
        #expect(
            decisions(policy, at: [0, 1, 3, 7, 15, 31, 51])
                == [1, 2, 4, 8, 16, 20, 20].map { .restart(after: .seconds($0)) })
        // It ran from 1 s on: 30 s are not over at 30.9 s, but at 31 s.
        #expect(decisions(policy, at: [0, 30.9]) == [.restart(after: .seconds(1)), .restart(after: .seconds(2))])
        #expect(decisions(policy, at: [0, 31]) == [.restart(after: .seconds(1)), .restart(after: .seconds(1))])
    }

    @Test func memoryStaysBounded() {
        // One a connection: its history is allocated with its first failure only.
        #expect(MemoryLayout<RestartPolicy>.size <= 128)
    }
}
