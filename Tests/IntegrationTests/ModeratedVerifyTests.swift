import TestSupport
import Testing

extension Integration {
    /// `webchat verify --moderate`: clients are banned and silenced, and what they said is deleted, while they talk.
    struct ModeratedVerifyTests {
        private static let rules = [
            "byBanned", "bySilenced", "tooEarly", "withoutRight", "leaked", "wronglyRefused", "undeleted",
        ]

        private static func verify(_ nodes: [NodeProcess], _ arguments: String...) throws -> CommandRun {
            try CommandRun(
                ["verify", "--moderate", "--json"] + nodes.flatMap { ["--url", "http://127.0.0.1:\($0.port)"] }
                    + arguments)
        }

        private static func expectKept(_ run: CommandRun) async throws {
            let result = try await run.wait(within: .seconds(120))
            try #require(result.status == 0, "\(result.output)\(result.errors)")
            let moderation = try #require(result.json["moderation"] as? [String: Any], "\(result.output)")
            for rule in rules { #expect(moderation[rule] as? Int == 0, "\(rule): \(result.output)") }
            for count in ["expulsions", "messagesRefused", "entriesCompared", "deletedTextsSearched"] {
                #expect(try #require(moderation[count] as? Int) > 0, "\(count): \(result.output)")
            }
            let attempted = try #require(moderation["attempted"] as? [String: Int])
            for deed in ["bans", "removals", "otherRoles", "policies", "deletions", "historiesRead"] {
                #expect(try #require(attempted[deed]) > 0, "\(deed): \(result.output)")
            }
            #expect(try #require(result.json["statesCompared"] as? Int) > 0)
        }

        @Test func rulesHoldWhileConnectionsAndActorsFail() async throws {
            try await withCluster(2, environment: ["WEBCHAT_DEV": "1"]) { redis, nodes in
                let run = try Self.verify(
                    nodes, "--clients", "12", "--rate", "40", "--seconds", "12", "--moderations", "15", "--seed", "15")
                try await eventually("it is under way") { run.errors.contains("1 s:") }
                for second in 2...10 {
                    switch second % 3 {
                    case 0: try redis.cli("CLIENT", "KILL", "TYPE", "pubsub")
                    case 1: try redis.cli("CLIENT", "KILL", "TYPE", "normal")
                    default:
                        let key = try redis.cli("KEYS", "webchat:{verify-*}:log").split(separator: "\n").first ?? ""
                        let room = key.split(separator: "}").first?.dropFirst("webchat:{".count) ?? ""
                        let actor = second % 2 == 0 ? "room" : "connection"
                        _ = try await nodes[second / 3 % 2].exchange("POST", "/dev/faults?actor=\(actor)&room=\(room)")
                    }
                    try await eventually("another second has passed", within: .seconds(30)) {
                        run.errors.contains("\(second) s:")
                    }
                }
                try await Self.expectKept(run)
            }
        }

        @Test func anEmbeddedNodeHasTheSameRules() async throws {
            try await withNodes(1) { nodes in
                try await Self.expectKept(
                    Self.verify(
                        nodes, "--clients", "10", "--rate", "40", "--seconds", "12", "--moderations", "30", "--seed",
                        "15"))
            }
        }

        /// Somebody changes the rules in Redis, beside the log.
        @Test func bansThatAreLostAreFound() async throws {
            try await withCluster(2) { redis, nodes in
                let run = try Self.verify(
                    nodes, "--clients", "10", "--rate", "40", "--seconds", "12", "--moderations", "15", "--seed", "15")
                try await eventually("the run ends", within: .seconds(120), state: { run.errors }) {
                    for key in (try? redis.cli("KEYS", "webchat:{*}:rules"))?.split(separator: "\n") ?? [] {
                        let fields = (try? redis.cli("HGETALL", String(key)))?.split(separator: "\n") ?? []
                        for (field, value) in zip(fields, fields.dropFirst())
                        where field.hasPrefix("r:") && value.hasPrefix("banned") {
                            _ = try? redis.cli("HDEL", String(key), String(field))
                        }
                    }
                    return !run.isRunning
                }
                let result = try await run.wait()
                #expect(result.status == 1)
                let moderation = try #require(result.json["moderation"] as? [String: Any], "\(result.output)")
                for rule in ["byBanned", "leaked"] {
                    #expect(try #require(moderation[rule] as? Int) > 0, "\(rule): \(result.output)")
                }
            }
        }

        @Test func aServerThatMakesNoMoreRoomsIsReportedWithWhatToDo() async throws {
            try await withNodes(1, environment: ["MESSAGE_RATE": "5", "ROOMS_PER_ADDRESS": "2"]) { nodes in
                let result = try await Self.verify(nodes, "--clients", "3").wait()
                #expect(result.status == 2 && result.output.isEmpty)
                #expect(result.errors.contains("raise ROOMS_PER_ADDRESS"), "\(result.errors)")
            }
        }
    }
}
