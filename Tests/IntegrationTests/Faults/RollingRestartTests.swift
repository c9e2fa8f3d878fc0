import ChatClient
import ChatModel
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 21: nodes behind nginx are told to end one after the other, and started again, under load.
    struct RollingRestartTests {
        @Test func nobodyMissesAnythingAndReconnectsAreSpreadEvenly() async throws {
            let seed = FaultScale.seed()
            let environment = ["TRUSTED_PROXIES": "127.0.0.0/8", "DRAIN_GRACE": "0.5", "DRAIN_SECONDS": "25"]
            try await withCluster(3, environment: environment) { _, nodes in
                try await withNginx(nodes) { nginx in
                    let url = WebSocketURL(host: "127.0.0.1", port: nginx.port)
                    let talkers = Crowd(6, at: [url], rooms: [.lobby])
                    let lounge = try #require(RoomName("lounge"))
                    let listeners = Crowd(FaultScale.choose(quick: 114, long: 594), at: [url], rooms: [lounge])
                    defer {
                        talkers.stop()
                        listeners.stop()
                    }
                    try await talkers.start()
                    try await listeners.start(within: .seconds(60))
                    for (index, node) in nodes.prefix(FaultScale.choose(quick: 1, long: 3)).enumerated() {
                        try await restart(node, number: index, talkers, listeners, seed: seed &+ UInt64(index))
                    }
                    try await talkers.waitUntilSettled(within: .seconds(30))
                    try await listeners.waitUntilSettled(within: .seconds(30))
                    let verdict = try await talkers.judge(seed: seed)
                    _ = try await listeners.judge(seed: seed)
                    try FaultReport(fault: 21, title: "rolling restart", verdict: verdict, seed: seed).record()
                }
            }
        }

        private func restart(
            _ node: NodeProcess, number: Int, _ talkers: Crowd, _ listeners: Crowd, seed: UInt64
        ) async throws {
            let sockets = try await node.metric("webchat_connected_users")
            var watch: CrowdWatch?
            _ = try await talkers.talking(
                perSecond: FaultScale.choose(quick: 40, long: 400), key: "talk-\(number)", seed: seed
            ) {
                watch = try await listeners.talking(perSecond: 2, key: "murmur-\(number)", seed: seed) {
                    node.signal(SIGTERM)
                    let status = try await node.waitForExit(within: .seconds(26))
                    try #require(status == 0, "\(node.log.suffix(2_000))")
                    try node.start()
                    try await node.waitUntilReady()
                    try await listeners.waitUntilLive()
                }
            }
            let seen = try #require(watch)
            // What is steady is the pace at which the node sends its sockets away.
            let steady = max(5, sockets * 0.05)
            print(
                "\(node.name): \(Int(sockets)) sockets, \(steady)/s steady, \(seen.peakRate)/s at the peak, "
                    + "away \(seen.absence(0.5)) (half), \(seen.absence(0.99)) (99 %)")
            #expect(seen.absences.count > 10)
            #expect(seen.peakRate <= 2 * steady)
            #expect(seen.absence(0.99) <= CrowdWatch.promisedAbsence)
        }
    }
}
