import TestSupport
import Testing

extension Integration {
    struct ClusterCommandTests {
        private static func ask(_ port: Int) async throws -> CommandRun.Result {
            try await CommandRun(["cluster", "--url", "http://127.0.0.1:\(port)"]).wait()
        }

        @Test func everyNodeIsQueriedWhereItServesClusterIncludingItsAdminPort() async throws {
            try await withRedisServer { redis in
                let ports = [try freePort(), try freePort()]
                let nodes = try ports.enumerated().map { index, port in
                    try NodeProcess(
                        name: "n\(index + 1)",
                        environment: ["REDIS_URL": redis.url, "ADVERTISE_HOST": "127.0.0.1", "ADMIN_PORT": "\(port)"])
                }
                try await withNodes(nodes) { nodes in
                    var seen = ""
                    try await eventually("both answer and agree", within: .seconds(60), state: { seen }) {
                        let result = try await Self.ask(ports[0])
                        seen = result.output + result.errors
                        return result.status == 0 && result.output.contains("2 nodes agree: view ")
                    }
                    #expect(seen.contains("\nn1 *  alive "))
                    #expect(seen.contains(" 127.0.0.1:\(ports[1])\n"))

                    let elsewhere = try await Self.ask(nodes[0].port)
                    #expect(elsewhere.status == 1)
                    #expect(elsewhere.errors.contains("if ADMIN_PORT is set, use that port"))
                }
            }
        }

        @Test func aStandaloneNodeShowsItsFigures() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                for number in 0..<5 {
                    try await ann.say(#"{"type":"chat","room":"lobby","text":"hi","key":"\#(number)"}"#)
                    _ = try await ann.ack()
                }
                var body = ""
                try await eventually("users, messages and lag are there", state: { body }) {
                    body = try await nodes[0].get("/cluster").body
                    return body.contains(#""users":1,"rooms":1,"messagesPerSecond":"#)
                        && !body.contains(#""lagMs":null"#)
                        && !body.contains(#""messagesPerSecond":0.0"#)
                }
                let listed = try await Self.ask(nodes[0].port)
                let words = listed.output.split(separator: "\n").dropFirst().first?.split(separator: " ") ?? []
                #expect(words.prefix(4) == ["n1", "*", "alive", "1"] && words.contains("ms"), "\(listed.output)")
            }
        }

        @Test func anUnreachableClusterIsAnError() async throws {
            let result = try await Self.ask(try freePort())
            #expect(result.status == 1)
            #expect(result.errors.contains("cannot be reached"))
        }
    }
}
