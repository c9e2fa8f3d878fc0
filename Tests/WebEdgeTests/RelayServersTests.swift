import ChatModel
import Operations
import TestSupport
import Testing

@testable import WebEdge

@Suite struct RelayServersTests {
    private typealias Change = RelayServers.Event.Change

    /// One shard with a replica.
    private func topology(
        _ primary: String, trouble: String? = nil, replica: (String, Bool)? = nil, failover: (String, Double)? = nil
    ) throws -> RelayTopology {
        let replicas = try replica.map { address, isOnline in
            [RelayTopology.Replica(address: try HostPort(address), isOnline: isOnline, lag: 0)]
        }
        let shard = RelayTopology.Shard(
            address: primary, trouble: trouble, slots: nil, fill: 0, delay: nil, replicas: replicas ?? [])
        let followed = try failover.map { address, age in
            RelayTopology.Failover(primary: try HostPort(address), age: .seconds(age))
        }
        return RelayTopology(mode: .sentinel, sentinel: nil, failover: followed, shards: [shard])
    }

    private let start = ContinuousClock.now

    private func changes(_ looks: [(Double, RelayTopology)]) -> [String] {
        var servers = RelayServers()
        for (second, topology) in looks {
            servers.look(
                topology, now: start + .seconds(second), at: Int64(second * 1_000), patience: .seconds(1))
        }
        return servers.events.map { "\($0.at) \($0.server) \($0.change.rawValue)" }
    }

    @Test func aFailoverIsToldFromItsBeginningToItsEnd() throws {
        let lost = try topology("a:1", trouble: "lost", replica: ("b:2", true))
        #expect(
            changes([
                (0, try topology("a:1", replica: ("b:2", true))),
                (1, lost), (1.5, lost), (2, lost), (3, lost),
                (5, try topology("b:2", trouble: "connecting", failover: ("b:2", 0))),
                (6, try topology("b:2", failover: ("b:2", 1))),
                (9, try topology("b:2", failover: ("b:2", 4))),
                (12, try topology("b:2", replica: ("a:1", false), failover: ("b:2", 7))),
                (13, try topology("b:2", replica: ("a:1", true), failover: ("b:2", 8))),
            ]) == ["2000 a:1 away", "5000 b:2 promoted", "13000 a:1 back"])
    }

    @Test func aReplicaThatLeavesIsToldUnlessThePrimaryCannotBeAsked() throws {
        let alone = try topology("a:1")
        let unsure = try topology("a:1", trouble: "lost")
        let both = try topology("a:1", replica: ("b:2", true))
        #expect(changes([(0, both), (1, alone), (2, alone), (3, both)]) == ["2000 b:2 away", "3000 b:2 back"])
        #expect(changes([(0, both), (1, unsure), (1.5, unsure), (1.9, unsure), (2, both)]) == [])
    }

    @Test func aServerThatNeverWorkedIsNotMissed() throws {
        let connecting = try topology("the primary main", trouble: "no Sentinel answers")
        #expect(changes([(0, connecting), (5, connecting), (6, try topology("a:1")), (9, try topology("a:1"))]) == [])
    }

    @Test func aSecondFailoverToTheSameServerIsAnotherOne() throws {
        let ages = [0.0, 3, 9, 1, 4]
        let looks = try ages.enumerated().map { (Double($0), try topology("a:1", failover: ("a:1", $1))) }
        #expect(changes(looks) == ["0 a:1 promoted", "3000 a:1 promoted"])
    }

    /// Whatever comes and goes, each server is away and back in turn, and what is kept has a limit.
    @Test(arguments: UInt64(1)...50) func generatedComingsAndGoingsAlternate(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var servers = RelayServers()
        var isAway: Set<String> = []
        for second in 0..<200 {
            let primary = "h\(Int.random(in: 0..<15, using: &random)):1"
            let trouble = Int.random(in: 0..<3, using: &random) == 0 ? "lost" : nil
            servers.look(
                try topology(primary, trouble: trouble), now: start + .seconds(second), at: Int64(second),
                patience: .seconds(1))
            #expect(servers.events.count <= RelayServers.remembered)
            for event in servers.events where event.at == second {
                #expect(isAway.contains(event.server) == (event.change == .back))
                isAway.formSymmetricDifference([event.server])
            }
        }
    }
}
