import Testing

@testable import Gossip

/// The simulation must be able to fail: each of these rules is wrong, and it has to find that.
@Suite struct BrokenRuleTests {
    private struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let supersedes: @Sendable (Standing, Standing) -> Bool
    }

    private static let rules = [
        Rule(testDescription: "the status counts more than the incarnation") { new, old in
            (new.generation, UInt32(new.status.rawValue), new.incarnation)
                > (old.generation, UInt32(old.status.rawValue), old.incarnation)
        },
        Rule(testDescription: "alive beats suspect without a new incarnation") { new, old in
            new > old || (new.status == .alive && old.status == .suspect && new.incarnation == old.incarnation)
        },
        Rule(testDescription: "what is equal is taken again") { $0 >= $1 },
        Rule(testDescription: "the generation does not count") { new, old in
            (new.incarnation, new.status.rawValue) > (old.incarnation, old.status.rawValue)
        },
    ]

    @Test(arguments: rules)
    private func theSimulationFindsAWrongRuleOfPrecedence(rule: Rule) {
        var parameters = GossipParameters()
        parameters.supersedes = rule.supersedes
        #expect(throws: Simulation.Violation.self) {
            for seed in 1...100 as ClosedRange<UInt64> { try Scenario(seed: seed, parameters: parameters).run() }
        }
    }
}
