import ChatClient
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 29: the primary is cut off together with a node, whose members still reach it, and a Sentinel that still
    /// believes in it. The other Sentinels promote the replica. Both sides accept messages, and one side must give in.
    @Suite(.enabled(if: NodeNetwork.isPossible, Comment(rawValue: NodeNetwork.whatItNeeds)))
    struct RedisPartitionTests {
        /// With `REDIS_WAIT_REPLICAS=1` nothing is acknowledged on the side that gives in. Without, the old primary goes
        /// on until it notices that it has no replica: what it acknowledged until then is lost, and all members are told.
        @Test(arguments: [1, 0])
        func aPrimaryIsCutOffTogetherWithANode(replicasToWaitFor: Int) async throws {
            let network = try await NodeNetwork.start(nodes: 2)
            defer { network.stop() }
            let inside = network.place(of: 0)
            let noticing = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "3"]
            try await withSentinels(at: inside, others: network.outside, replicas: 2, arguments: noticing) {
                sentinels, servers in
                let environment = ["REDIS_URL": sentinels.url, "REDIS_WAIT_REPLICAS": "\(replicasToWaitFor)"]
                let nodes = try (1...3).map { number in
                    try NodeProcess(
                        name: "n\(number)", at: number == 1 ? network.place(of: 1) : network.outside,
                        environment: environment)
                }
                try await withNodes(nodes) { nodes in
                    let title = "primary cut off with a node, \(replicasToWaitFor == 1 ? "" : "no ")WAIT"
                    let run = FaultRun(29, title, on: nodes, goal: 1)
                    try await run.judge(measures: false) {
                        try network.cutOff(except: 1)
                        let others = sentinels.dropFirst()
                        try await eventually("another is promoted", within: .seconds(90), state: { others[1].log }) {
                            others.allSatisfy { $0.primaryPort != nil && $0.primaryPort != servers[0].port }
                        }
                        let primary = try #require(servers.first { $0.port == others[1].primaryPort })
                        try await nodes.dropFirst().waitUntilTheyUse(primary)
                        try await eventually("n1 says that messages wait", state: { nodes[0].log }) {
                            try await nodes[0].get("/readyz").body.contains("degraded")
                        }
                        if FaultScale.isLong { try await Task.sleep(for: .seconds(20)) }
                        try network.heal()
                        try await nodes[...].waitUntilTheyUse(primary)
                    } expecting: { verdict in
                        // Without WAIT something is lost if a member is at that node: they choose theirs at random.
                        try #require(verdict.lostByRedis == 0 || replicasToWaitFor == 0, "\(verdict)")
                    }
                }
            }
        }
    }
}

extension ArraySlice<NodeProcess> {
    fileprivate func waitUntilTheyUse(_ primary: RedisServer) async throws {
        for node in self {
            try await eventually("\(node.name) uses the new primary", within: .seconds(90), state: { node.log }) {
                let view = try await node.get("/cluster").body
                let isConnected = try await node.metric("webchat_relay_connected") == 1
                return isConnected && view.contains("\"primary\":\"\(primary.place.host):\(primary.port)\"")
            }
        }
    }
}
