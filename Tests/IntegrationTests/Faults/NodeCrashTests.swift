import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Faults 1 and 2, as far as messages go: nodes are killed under load, one or two of three.
    struct NodeCrashTests {
        @Test(arguments: [1, 2])
        func clientsOfKilledNodesGoOnElsewhereAndMissNothing(count: Int) async throws {
            let seed = FaultScale.seed()
            try await withRedisServer { redis in
                try await withNodes(3, environment: ["REDIS_URL": redis.url]) { nodes in
                    let crowd = Crowd(12, on: nodes, rooms: ["lobby", "lounge"].compactMap { RoomName($0) })
                    defer { crowd.stop() }
                    try await crowd.start()
                    for round in 0..<FaultScale.choose(quick: 1, long: 10) {
                        // Whoever survives is another one each round.
                        let killed = (0..<count).map { nodes[(round + $0) % 3] }
                        try await kill(killed, crowd, round: round, seed: seed &+ UInt64(round))
                        for node in killed { try node.start() }
                        for node in killed { try await node.waitUntilReady() }
                    }
                    let verdict = crowd.record.verdict
                    try #require(verdict.isClean && verdict.isComplete, "\(verdict), seed \(seed)")
                    #expect(crowd.record.connections > crowd.clients.count)
                    try FaultReport(fault: count, title: "\(count) of 3 nodes killed", verdict: verdict, seed: seed)
                        .record()
                }
            }
        }

        private func kill(_ nodes: [NodeProcess], _ crowd: Crowd, round: Int, seed: UInt64) async throws {
            let watch = try await crowd.talking(
                perSecond: FaultScale.choose(quick: 100, long: 400),
                atLeast: FaultScale.choose(quick: 200, long: 4_000),
                key: "round-\(round)", seed: seed
            ) {
                for node in nodes {
                    node.signal(SIGKILL)
                    try await node.waitForExit()
                    try await crowd.waitUntilLive()
                }
            }
            #expect(watch.absence(1) <= .seconds(5))
            try await crowd.waitUntilSettled(within: .seconds(30))
        }
    }
}
