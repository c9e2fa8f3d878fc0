import ChatModel
import Testing

@testable import Cluster

@Suite struct NodeTableTests {
    private let start = ContinuousClock.now
    private var table = NodeTable(configuration: NodeDiscoveryConfiguration(keyPrefix: "test"))

    private func node(_ name: String, _ generation: UInt64 = 1) -> NodeIncarnation {
        NodeIncarnation(name: name, generation: generation)
    }

    private func card(_ generation: UInt64 = 1) -> NodeCard {
        NodeCard(generation: generation, http: "host:1", gossip: nil, version: "1", startedAt: 7)
    }

    /// Reads an index at `second`; each listing was renewed at the second given, and has its card or not.
    private mutating func read(at second: Int, _ listings: (name: String, renewedAt: Int, card: NodeCard?)...) {
        table.read(
            listings.map {
                NodeTable.Listing(name: $0.name, leaseEnd: Int64($0.renewedAt + 15) * 1_000, card: $0.card)
            },
            redisNow: Int64(second) * 1_000, now: start + .seconds(second))
    }

    private func isPresent(_ node: NodeIncarnation, at second: Int) -> Bool {
        table.isPresent(node, now: start + .seconds(second))
    }

    private var states: [String: ClusterMember.State] {
        Dictionary(table.members.map { ("\($0.node)", $0.state) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func aNodeWithoutACardIsNotPresent() {
        #expect(!isPresent(node("a"), at: 0))
    }

    @Test mutating func aNodeThatRenewsIsAliveAndPresent() {
        read(at: 0, ("a", -3, card()))
        #expect(states == ["a.1": .alive])
        #expect(isPresent(node("a"), at: 0))
        #expect(!isPresent(node("a", 2), at: 0), "another life")
    }

    @Test mutating func aLeftoverCardThatDoesNotRenewIsNotPresent() {
        read(at: 0, ("a", -10, card()))
        #expect(states == ["a.1": .suspect])
        #expect(!isPresent(node("a"), at: 0))
        read(at: 5, ("a", 4, card()))
        #expect(states == ["a.1": .alive], "it was only slow")
        #expect(isPresent(node("a"), at: 5))
    }

    @Test mutating func aFreshLeftoverCardGetsNoGracePeriod() {
        read(at: 0, ("a", -1, card()))
        #expect(isPresent(node("a"), at: 0), "it cannot be known yet")
        read(at: 5, ("a", -1, card()))
        read(at: 10, ("a", -1, card()))
        #expect(!isPresent(node("a"), at: 10))
        read(at: 15, ("a", -1, nil))
        #expect(states == ["a.1": .dead])
        #expect(!isPresent(node("a"), at: 15))
    }

    @Test mutating func aLiveNodeStaysPresentForAGracePeriodWithoutItsCard() {
        read(at: 0, ("a", 0, card()))
        read(at: 5, ("a", 5, card()))
        read(at: 25, ("a", 5, nil))
        #expect(states == ["a.1": .dead])
        #expect(isPresent(node("a"), at: 54))
        #expect(!isPresent(node("a"), at: 55))
        read(at: 56, ("a", 56, card()))
        #expect(states == ["a.1": .alive])
        #expect(isPresent(node("a"), at: 90), "nothing is concluded from an index that is not read")
    }

    @Test mutating func aNodeThatLeftTheIndexHasLeft() {
        read(at: 0, ("a", 0, card()))
        read(at: 5)
        #expect(states == ["a.1": .left])
    }

    @Test mutating func aNewIncarnationEndsTheOldOneAtOnce() {
        read(at: 0, ("a", 0, card()))
        read(at: 5, ("a", 5, card(2)))
        #expect(states == ["a.1": .dead, "a.2": .alive])
        #expect(!isPresent(node("a"), at: 5))
        #expect(isPresent(node("a", 2), at: 5))
        table.heard(node("a"), now: start + .seconds(6))
        #expect(!isPresent(node("a"), at: 6), "a late word of the old life")
    }

    @Test mutating func aNodeHeardBeforeItsCardIsReadIsPresentForAGracePeriod() {
        table.heard(node("new"), now: start)
        #expect(isPresent(node("new"), at: 29))
        #expect(!isPresent(node("new"), at: 30))
        #expect(table.members.isEmpty, "nothing is known of it yet")
        read(at: 3, ("new", 2, card()))
        #expect(states == ["new.1": .alive])
        #expect(isPresent(node("new"), at: 40))
    }

    @Test mutating func goneNodesAreListedForAWhileAndThenForgotten() {
        read(at: 0, ("a", 0, card()))
        read(at: 20, ("a", 0, nil))
        read(at: 619, ("a", 0, nil))
        #expect(states == ["a.1": .dead])
        read(at: 620)
        #expect(states.isEmpty)
    }

    /// Between two readings lie five seconds: who was killed just after it had renewed must not seem to have outlived it.
    @Test mutating func aRenewalCountsFromTheMomentItWasMade() {
        read(at: 5, ("a", 1, card()))
        #expect(table.lastSign(of: node("a")) == start + .seconds(1))
        read(at: 10, ("a", 1, card()))
        #expect(table.lastSign(of: node("a")) == start + .seconds(1))
        table.heard(node("a"), now: start + .seconds(11))
        read(at: 15, ("a", 6, card()))
        #expect(table.lastSign(of: node("a")) == start + .seconds(11), "the later of both")
    }

    @Test mutating func anInvalidLeaseIsNotASignOfLife() {
        for renewedAt in [-100, 100] {
            read(at: 5, ("a", renewedAt, card()))
            #expect(table.lastSign(of: node("a")) == nil)
        }
    }

    @Test mutating func absurdLeasesAreHarmless() {
        for leaseEnd in [Int64.min, .max] {
            table.read([NodeTable.Listing(name: "a", leaseEnd: leaseEnd, card: card(.max))], redisNow: 0, now: start)
        }
        #expect(table.members.count == 1)
    }

    @Test(arguments: [
        ("node-1", true), ("A.b_c-9", true), (String(repeating: "n", count: 64), true), ("", false), ("a b", false),
        ("a:b", false), ("ä", false), (String(repeating: "n", count: 65), false), ("a\n", false),
    ])
    func nodeNamesAreValidated(name: String, valid: Bool) {
        #expect(NodeCard.isValidName(name) == valid)
    }
}
