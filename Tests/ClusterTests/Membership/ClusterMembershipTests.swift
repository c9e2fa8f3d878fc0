import ChatModel
import CoreMetrics
import TestSupport
import Testing

@testable import Cluster
@testable import Gossip

/// Gossip, driven by hand, and signs of life in Redis. (Cards alone: `NodeDiscoveryTests`.)
@Suite struct ClusterMembershipTests {
    private let other = NodeIncarnation(name: "n2", generation: 1_000)
    private let identity = NodeIdentity(name: "n1", generation: 1_000)
    private let view = GossipView()
    private let membership: ClusterMembership
    private let told = Journal<Void>()
    private var instance: GossipInstance

    init() throws {
        membership = ClusterMembership(
            identity: identity, gossip: view, cards: .withoutRedis(identity),
            metrics: GossipMetrics(factory: NOOPMetricsHandler.instance))
        instance = GossipInstance(try Self.record("n1", 1), now: GossipTransport.time(), seed: 1)
        _ = instance.step(.join([]), now: GossipTransport.time())
        membership.attach { [told] in told.add(()) }
        show()
    }

    private static func record(
        _ name: String, _ tag: UInt64, _ status: MemberStatus = .alive, incarnation: UInt32 = 0,
        generation: UInt64 = 1_000
    ) throws -> MemberRecord {
        MemberRecord(
            name: name, bootTag: tag, address: try #require(GossipAddress([10, 0, 0, UInt8(tag)], port: 1)),
            standing: Standing(generation: generation, incarnation: incarnation, status: status))
    }

    private func show() { view.show(instance, at: GossipTransport.time(), trouble: nil) }

    /// As n3 tells it.
    private mutating func hear(
        _ status: MemberStatus, incarnation: UInt32 = 0, generation: UInt64 = 1_000, accusers: [String] = []
    ) throws {
        var writer = GossipWriter(sender: try Self.record("n3", 3))
        let record = try Self.record("n2", 2, status, incarnation: incarnation, generation: generation)
        writer.list(.rumours) { _ = $0.append(Claim(record, accusers: accusers)) }
        let address = try #require(GossipAddress([10, 0, 0, 3], port: 1))
        _ = instance.step(.datagram(writer.bytes, from: address), now: GossipTransport.time())
        show()
    }

    private var state: ClusterMember.State? { membership.members.first { $0.node == other }?.state }

    @Test mutating func aDeadNodeIsHiddenAtOnceAndShownAgainWhenItRefutes() throws {
        try hear(.alive)
        #expect(membership.isPresent(other) && state == .alive)
        let before = told.all.count
        try hear(.suspect, accusers: ["n3"])
        #expect(membership.isPresent(other) && state == .suspect && told.all.count == before)
        #expect(membership.members.first { $0.node == other }?.accusations.map(\.by) == ["n3"])
        try hear(.dead, accusers: ["n3"])
        #expect(!membership.isPresent(other) && state == .dead && told.all.count == before + 1)
        #expect(membership.degraded.isEmpty, "who is dead is no fault of gossip's")
        try hear(.alive, incarnation: 1)
        #expect(membership.isPresent(other) && state == .alive && told.all.count == before + 2)
        let events = membership.events.filter { $0.node == other }
        #expect(events.map(\.from) == [nil, .alive, .suspect, .dead])
        #expect(events.map(\.to) == [.alive, .suspect, .dead, .alive])
        #expect(events.map(\.by) == [nil, "n3", "n3", nil])
    }

    /// As when no datagram gets through, and Redis does.
    @Test mutating func aNodeHeardAfterItsDeathCountsAndGossipIsDegraded() throws {
        try hear(.alive)
        membership.heard(other)
        try hear(.dead)
        #expect(!membership.isPresent(other), "it was heard before it died")
        let before = told.all.count
        membership.heard(other)
        #expect(membership.isPresent(other) && told.all.count == before + 1)
        #expect(state == .dead, "gossip's word stands")
        #expect(membership.degraded.count == 1 && membership.degraded[0].contains("n2"))
        try hear(.alive, incarnation: 1)
        #expect(membership.degraded.isEmpty && membership.isPresent(other))
    }

    @Test mutating func aNewIncarnationEndsTheOldOne() throws {
        try hear(.alive)
        try hear(.alive, generation: 2_000)
        membership.heard(other)
        #expect(!membership.isPresent(other))
        #expect(membership.isPresent(NodeIncarnation(name: "n2", generation: 2_000)))
        #expect(membership.members.map(\.node.name).sorted() == ["n1", "n2", "n3"])
    }

    @Test func aRaisedGenerationIsKept() {
        let before = told.all.count
        identity.raise(to: 3_000)
        membership.refresh()
        #expect(membership.own.generation == 3_000 && membership.isPresent(membership.own))
        #expect(membership.members.first?.node == membership.own && membership.members.count == 1)
        #expect(told.all.count == before + 1)
        identity.raise(to: 5)
        #expect(membership.own.generation == 3_000)
    }

    @Test mutating func theLogOfEventsIsBounded() throws {
        for incarnation in 0..<UInt32(120) {
            try hear(.suspect, incarnation: incarnation, accusers: ["n3"])
            try hear(.alive, incarnation: incarnation + 1)
        }
        #expect(membership.events.count == MembershipEvent.remembered)
        #expect(membership.events.last?.to == .alive)
    }
}
