import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 22: what stands before the nodes is reloaded, and killed.
    struct NginxTests {
        @Test func aReloadGoesUnnoticedAndEverybodyReconnectsAfterAKill() async throws {
            let seed = FaultScale.seed()
            try await withCluster(3, environment: ["TRUSTED_PROXIES": "127.0.0.0/8"]) { _, nodes in
                try await withNginx(nodes) { nginx in
                    let crowd = Crowd(9, at: [WebSocketURL(host: "127.0.0.1", port: nginx.port)], rooms: [.lobby])
                    defer { crowd.stop() }
                    try await crowd.start()
                    for round in 0..<FaultScale.choose(quick: 1, long: 10) {
                        try await breakProxy(nginx, crowd, round: round, seed: seed &+ UInt64(round))
                    }
                    try await crowd.waitUntilSettled(within: .seconds(30))
                    let verdict = try await crowd.judge(seed: seed)
                    try FaultReport(fault: 22, title: "nginx reloaded, then killed", verdict: verdict, seed: seed)
                        .record()
                }
            }
        }

        private func breakProxy(_ nginx: NginxServer, _ crowd: Crowd, round: Int, seed: UInt64) async throws {
            let perSecond = FaultScale.choose(quick: 100, long: 400)
            let least = FaultScale.choose(quick: 100, long: 2_000)
            let before = crowd.record.connections
            let calm = try await crowd.talking(
                perSecond: perSecond, atLeast: least, key: "reload-\(round)", seed: seed
            ) {
                let workers = nginx.workers
                nginx.reload()
                try await eventually("nginx has new workers") { !nginx.workers.isSubset(of: workers) }
            }
            #expect(calm.absences.isEmpty && crowd.record.connections == before, "old workers keep their sockets")

            let broken = try await crowd.talking(
                perSecond: perSecond, atLeast: least, key: "kill-\(round)", seed: seed
            ) {
                nginx.kill()
                try await eventually("everybody has noticed") {
                    crowd.clients.indices.allSatisfy { !crowd.record.isLive($0) }
                }
                try await nginx.start()
                try await crowd.waitUntilLive()
            }
            #expect(crowd.record.connections >= before + crowd.clients.count, "who was away comes back anew")
            #expect(broken.absence(1) <= CrowdWatch.promisedAbsence)
        }
    }
}
