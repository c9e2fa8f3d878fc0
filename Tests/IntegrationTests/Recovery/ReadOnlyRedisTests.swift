import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// A Redis that can be read and takes nothing in: nodes stay where readers find them, and say what is wrong.
    struct ReadOnlyRedisTests {
        enum Cause: String, CaseIterable {
            case memory = "OOM"
            case disk = "MISCONF"
            case replicas = "NOREPLICAS"

            func begin(_ redis: RedisServer) async throws {
                switch self {
                case .memory: try redis.cli("CONFIG", "SET", "maxmemory", "1")
                case .replicas: try redis.cli("CONFIG", "SET", "min-replicas-to-write", "1")
                case .disk:
                    try redis.cli("CONFIG", "SET", "save", "3600 1")
                    let directory = try redis.cli("CONFIG", "GET", "dir").split(separator: "\n").last ?? ""
                    // Where the snapshot is to go, there is a directory.
                    try FileManager.default.createDirectory(
                        atPath: "\(directory)/dump.rdb/taken", withIntermediateDirectories: true)
                    try redis.cli("BGSAVE")
                    try await eventually("Redis could not save") {
                        try redis.cli("INFO", "persistence").contains("rdb_last_bgsave_status:err")
                    }
                }
            }

            func end(_ redis: RedisServer) throws {
                switch self {
                case .memory: try redis.cli("CONFIG", "SET", "maxmemory", "0")
                case .replicas: try redis.cli("CONFIG", "SET", "min-replicas-to-write", "0")
                case .disk: try redis.cli("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
                }
            }
        }

        @Test(arguments: Cause.allCases)
        func readingWorksAndEverybodyIsNotified(cause: Cause) async throws {
            try await withRedisServer { redis in
                let nodes = try (1...2).map { try NodeProcess(name: "n\($0)", environment: ["REDIS_URL": redis.url]) }
                try await withNodes([nodes[0]]) { _ in
                    defer { nodes[1].signal(SIGKILL) }
                    let ann = try await Member.inLobby(nodes[0], name: "ann")
                    try await ann.say("before")
                    try await cause.begin(redis)
                    #expect(try await ann.sayInVain("in vain").code == .unavailable)
                    #expect(try await ann.status() == false)

                    // One that starts now has it no better, and is as good for readers.
                    try nodes[1].start()
                    for node in nodes {
                        try await node.waitUntilReady()
                        try await eventually("\(node.name) says that it can only be read", state: { node.log }) {
                            let ready = try await node.get("/readyz")
                            return ready.status == 200 && ready.body.contains("degraded: chat is read-only")
                                && ready.body.contains(cause.rawValue)
                        }
                        let bob = try await Member.open(node, name: "bob")
                        #expect(try await bob.status() == false)
                        #expect(try await bob.join("lobby").messages.map(\.text) == ["before"])
                        #expect(try await bob.sayInVain("no").code == .unavailable)
                        let report = try await node.cluster()
                        #expect(report.relay.trouble?.contains(cause.rawValue) == true)
                        #expect(report.relay.events.last?.trouble != nil)
                        #expect(report.degraded.contains { $0.contains("chat is read-only") })
                        #expect(try await node.metric("webchat_redis_writes_refused") == 1)
                        #expect(node.log.contains("Redis refuses writes"))
                    }
                    let listed = try await CommandRun(["cluster", "--url", "http://127.0.0.1:\(nodes[0].port)"]).wait()
                    #expect(listed.output.contains("n1 cannot accept messages: Redis refuses writes"))

                    try cause.end(redis)
                    #expect(try await ann.status(within: .seconds(15)))
                    try await ann.insist("after")
                    _ = try await ann.history(through: "after")
                    for node in nodes {
                        try await eventually("\(node.name) is whole again", state: { node.log }) {
                            let ready = try await node.get("/readyz")
                            return ready.status == 200 && !ready.body.contains("chat is read-only")
                        }
                        #expect(try await node.metric("webchat_redis_writes_refused") == 0)
                        #expect(try await node.cluster().relay.trouble == nil)
                    }
                }
            }
        }
    }
}
