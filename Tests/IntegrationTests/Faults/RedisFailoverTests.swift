import ChatClient
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 17: the replica was cut off, then the primary died, and the replica goes on from where it was cut off: it gives
    /// numbers out again that stood for other messages.
    struct RedisFailoverTests {
        @Test func aFailoverThatLostTheEndOfTheLogIsReported() async throws {
            try await Self.judge("Failover that lost the log's end") { _ in }
        }

        /// The clock was an hour ahead when each log began, and was set right: no id is below that hour, so both branches
        /// give out the same ids, not only the same numbers.
        @Test func aFailoverAfterAClockStepIsReported() async throws {
            try await Self.judge("Failover that lost the log's end, clock stepped 1 h") { primary in
                let info = try primary.cli("INFO", "replication")
                let tag = try #require(info.split(separator: "master_replid:").last?.prefix(8))
                let ms = "\(Int(Date.now.timeIntervalSince1970 + 3_600) * 1_000)"
                for room in FaultRun.rooms {
                    let key = "webchat:{\(room)}"
                    try primary.cli(
                        "XADD", "\(key):log", "\(ms)-1", "user", "early", "name", "Early", "key", "early", "ts", ms,
                        "text", "an hour early")
                    try primary.cli(
                        "HSET", "\(key):head", "epoch", "00000000000000aa", "tag", "\(tag)", "ms", ms, "seq", "1",
                        "forks", "")
                }
            }
        }

        private static func judge(_ title: String, prepare: (RedisServer) throws -> Void) async throws {
            try await withRedisServer { primary in
                try prepare(primary)
                let link = try await FaultProxy.start(to: primary.port)
                let replication = try await FaultProxy.start(to: primary.port)
                defer {
                    Task {
                        await link.stop()
                        await replication.stop()
                    }
                }
                try await primary.withReplica(through: replication.port) { replica in
                    try await withNodes(2, environment: ["REDIS_URL": "redis://127.0.0.1:\(link.port)"]) { nodes in
                        // A failover happens once: the long form has more messages before and after it.
                        try await FaultRun(17, title, on: nodes, goal: 0).judge(measures: false) {
                            try await Task.sleep(for: FaultScale.choose(quick: .seconds(1), long: .seconds(10)))
                            await replication.set(.init(isStopped: true))
                            try await Task.sleep(for: .seconds(1))
                            await primary.kill()
                            await link.cut()
                            await link.point(to: replica.port)
                            try replica.promote()
                            try await Task.sleep(for: FaultScale.choose(quick: .seconds(3), long: .seconds(10)))
                        } expecting: { verdict in
                            try #require(verdict.toldGaps > 0, "\(verdict)")
                        }
                    }
                }
            }
        }
    }
}
