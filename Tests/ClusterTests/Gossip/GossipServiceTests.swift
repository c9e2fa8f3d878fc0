import ChatModel
import CoreMetrics
import Gossip
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Cluster

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Whole services over real sockets on this machine.
@Suite(.timeLimit(.minutes(2))) struct GossipServiceTests {
    /// Services that find each other as by the node index.
    private final class Village: Sendable {
        private let services = Mutex<[GossipService]>([])
        private let strangers: [GossipAddress]

        init(strangers: [GossipAddress] = []) {
            self.strangers = strangers
        }

        func settle(
            _ name: String, generation: UInt64? = nil, on listening: String = "127.0.0.1", at host: String = "127.0.0.1"
        ) -> Household {
            let configuration = GossipConfiguration(
                host: listening, port: 0, advertisedHost: host,
                secret: [UInt8]("a secret of a village, 32 bytes".utf8))
            let identity = NodeIdentity(name: name, generation: generation ?? UInt64(WallClock.milliseconds()))
            let metrics = GossipMetrics(factory: NOOPMetricsHandler.instance)
            let service = GossipService(
                identity: identity, configuration: configuration, on: MultiThreadedEventLoopGroup.singleton.next(),
                metrics: metrics, logger: quiet)
            services.withLock { $0.append(service) }
            let membership = ClusterMembership(
                identity: identity, gossip: service.view, cards: .withoutRedis(identity), metrics: metrics)
            let introductions = GossipIntroductions(
                service, membership: membership, configuration: configuration,
                seeds: { [weak self] in self?.addresses },
                attributes: {
                    var attributes = NodeAttributes()
                    attributes.httpAddress = "\(name):8080"
                    return attributes
                })
            return Household(service: service, introductions: introductions, membership: membership)
        }

        private var addresses: [GossipAddress] { strangers + services.withLock { $0 }.compactMap(\.address) }
    }

    private struct Household {
        let service: GossipService
        let introductions: GossipIntroductions
        let membership: ClusterMembership

        /// Both under one group, so that they can be told to end.
        var group: ServiceGroup {
            ServiceGroup(
                configuration: .init(services: [.init(service: introductions), .init(service: service)], logger: quiet))
        }
    }

    private func states(_ node: Household) -> [String: ClusterMember.State] {
        Dictionary(uniqueKeysWithValues: node.membership.members.map { ($0.node.name, $0.state) })
    }

    /// Throws when a node ends by itself, as when its socket is lost.
    private func running(_ nodes: [Household], _ body: ([ServiceGroup]) async throws -> Void) async throws {
        let groups = nodes.map(\.group)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for group in groups { tasks.addTask { try await group.run() } }
            try await body(groups)
            for group in groups { await group.triggerGracefulShutdown() }
            try await tasks.waitForAll()
        }
    }

    @Test func aNodeThatAnswersFromAnotherAddressIsPingedDirectly() async throws {
        let village = Village()
        // To 127.0.0.1 the system answers from there, whichever address was spoken to.
        let nodes = [village.settle("a"), village.settle("b", on: "0.0.0.0", at: "127.0.0.2")]
        try await running(nodes) { _ in
            try await eventually("a's pings come back at once") {
                nodes[0].membership.members.contains {
                    $0.node.name == "b" && $0.state == .alive && ($0.roundTrip ?? .seconds(1)) < .milliseconds(150)
                }
            }
        }
    }

    @Test func nodesFindEachOtherAndSeeOneLeave() async throws {
        let village = Village()
        let nodes = ["a", "b", "c"].map { village.settle($0) }
        try await running(nodes) { groups in
            try await eventually("all see all") {
                nodes.allSatisfy { states($0) == ["a": .alive, "b": .alive, "c": .alive] }
            }
            try await eventually("loads travel") {
                nodes[0].membership.members.allSatisfy { $0.address == "\($0.node.name):8080" }
            }
            #expect(nodes[0].membership.isPresent(nodes[1].membership.own))
            await groups[2].triggerGracefulShutdown()
            try await eventually("the leave is seen") {
                nodes.prefix(2).allSatisfy { states($0) == ["a": .alive, "b": .alive, "c": .left] }
            }
            try await eventually("its members leave a moment later") {
                nodes.prefix(2).allSatisfy { !$0.membership.isPresent(nodes[2].membership.own) }
            }
            // On a busy machine it may have been suspected meanwhile.
            let events = nodes[0].membership.events.filter { $0.node.name == "c" }.map(\.to)
            #expect(events.first == .alive && events.last == .left && !events.contains(.dead), "\(events)")
            try await eventually("views are the same, and told") {
                let hash = nodes[1].membership.viewHash
                return nodes[0].membership.viewHash == hash
                    && nodes[0].membership.members.first { $0.node.name == "b" }?.viewHash == hash
            }
        }
    }

    /// The machine has 127.0.0.1 and takes the whole network for its own without naming it: the rest is as good as far.
    @Test(arguments: [("127.0.0.2", "127.0.0.1", "127.0.0.2"), ("127.0.0.1", "127.0.0.9", "127.0.0.9")])
    func anotherAddressOfTheSameMachineIsNotUsed(listening: String, said: String, told: String) async throws {
        let village = Village()
        let node = village.settle("a", on: listening, at: said)
        try await running([node]) { _ in
            try await eventually("it listens") { node.service.address != nil }
            #expect(node.service.address?.text.hasPrefix("\(told):") == true)
        }
    }

    /// The system refuses to send from a loopback address to another network. A channel of NIO's does not survive that.
    @Test func anUnreachableAddressDoesNotSlowTheOthers() async throws {
        let village = Village(strangers: [try #require(GossipAddress([192, 0, 2, 1], port: 7_000))])
        let nodes = ["a", "b"].map { village.settle($0) }
        try await running(nodes) { _ in
            try await eventually("they see each other") {
                nodes.allSatisfy { states($0) == ["a": .alive, "b": .alive] }
            }
        }
    }

    @Test func anUnresolvedNameIsRetried() async throws {
        let village = Village()
        let node = village.settle("a", at: String(repeating: "x", count: 64) + ".invalid")
        await #expect(throws: UnresolvedHost.self) { try await node.service.run() }
    }

    /// Mostly the earlier; but one that is still joining takes what it hears of its name for its past.
    @Test func oneOfTwoProcessesWithTheSameNameEnds() async throws {
        let village = Village()
        let now = UInt64(WallClock.milliseconds())
        let witness = village.settle("witness").group
        let twins = [village.settle("twin", generation: now), village.settle("twin", generation: now + 1)].map(\.group)
        let ended = try await withThrowingTaskGroup(of: Bool.self) { tasks in
            for group in [witness] + twins {
                tasks.addTask {
                    do {
                        try await group.run()
                        return false
                    } catch is NodeNameTaken {
                        return true
                    }
                }
            }
            let first = try await tasks.next()
            for group in [witness] + twins { await group.triggerGracefulShutdown() }
            return try await tasks.reduce(into: [first]) { $0.append($1) }
        }
        #expect(ended == [true, false, false])
    }
}
