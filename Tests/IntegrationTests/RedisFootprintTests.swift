import ChatModel
import ChatProtocol
import Foundation
import NIOCore
import TestSupport
import Testing

extension Integration {
    /// What nodes leave in Redis: `docs/protocol.md`, section 7, and nothing else.
    struct RedisFootprintTests {
        @Test func aChatUsesOnlyTheDocumentedKeys() async throws {
            let files = TemporaryDirectory()
            let environment = ["FILES_DIR": files.path, "PUSH_CONTACT": "mailto:operator@chat.example"]
            try await withCluster(2, environment: environment) { redis, nodes in
                let ann = try await Conversation.open(nodes[0])
                let bob = try await Conversation.open(nodes[1])
                for (who, room) in [(ann, "lobby"), (bob, "lobby"), (ann, "attic")] { _ = try await who.join(room) }
                try await ann.say(#"{"type":"chat","room":"lobby","key":"k1","text":"hello"}"#)
                let hello = try await bob.chat()
                #expect(hello.text == "hello")
                try await bob.say(
                    #"{"type":"react","room":"lobby","id":"\#(hello.id)","emoji":"👍","on":true,"key":"k2"}"#)
                _ = try await bob.ack()
                try await bob.say(#"{"type":"typing","room":"lobby"}"#)
                try await ann.say(#"{"type":"rename","name":"anna"}"#)
                try await ann.say(#"{"type":"create","private":true,"key":"k3"}"#)
                let made = try await ann.first { if case .created(_, let room) = $0 { room } else { nil } }
                try await ann.say(
                    #"{"type":"read","room":"lobby","epoch":"0000000000000001.00000001","id":"\#(hello.id)"}"#)
                try await ann.say(#"{"type":"link","key":"k4"}"#)
                let link = try await ann.first { if case .link(let link) = $0 { link.token } else { nil } }
                try await bob.say(#"{"type":"link","token":"\#(link)","take":true,"key":"k5"}"#)
                _ = try await bob.first { if case .linked(let linked) = $0 { linked } else { nil } }
                // Of the example in RFC 8291.
                let browser =
                    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                let device = PushDevice(
                    endpoint: "https://fcm.googleapis.com/x", publicKey: browser, secret: "BTBZMqHH6r4Tts7J_aSIgg",
                    serverKey: try #require(ann.pushKey), levels: [.lobby: .mentions])
                var frame = ByteBuffer()
                ClientFrame.devices(.push(device, key: "k6")).encode(into: &frame)
                try await ann.say(String(buffer: frame))
                _ = try await ann.first { if case .push(_, true) = $0 { true } else { nil } }
                try await eventually("a node looks at messages") {
                    try redis.cli("EXISTS", "webchat:{_push}:seen") == "1"
                }
                try await ann.expectOpen()
                try await eventually("the log has an id") { try redis.cli("EXISTS", "webchat:logid") == "1" }

                let room = "webchat:{(lobby|attic|_canary|\(made))}:"
                let allowed = [
                    "webchat:{(lobby|_canary|\(made))}:(log|head|acts|rules|files|copy:n[12]|key:[A-Za-z0-9_-]+)",
                    "webchat:user:[a-z2-7]+:(rooms|read|push)", "webchat:{_push}:(users|turn|seen)",
                    "webchat:link:[a-z2-7]+",
                    "\(room)(members:n[12][.][0-9]+|membernodes)",
                    "webchat:(erasures|rooms|privaterooms|nodes|logid|node:n[12])",
                ].joined(separator: "|").replacing("{", with: "[{]").replacing("}", with: "[}]")
                let pattern = try Regex("^(\(allowed))$")
                let keys = try redis.cli("KEYS", "*").split(separator: "\n")
                for key in keys { #expect(key.wholeMatch(of: pattern) != nil, "\(key)") }
                for expected in [
                    "webchat:{lobby}:log", "webchat:{lobby}:head", "webchat:{lobby}:acts", "webchat:{\(made)}:rules",
                    "webchat:privaterooms", "webchat:nodes", "webchat:node:n1",
                ] {
                    #expect(keys.contains { $0 == expected }, "\(expected) in \(keys)")
                }
                // Joining alone makes no log.
                #expect(!keys.contains("webchat:{attic}:log"))
                for key in keys where ["{", "user:", "link:"].contains(where: { key.hasPrefix("webchat:\($0)") }) {
                    #expect(Int(try redis.cli("TTL", String(key))) ?? -1 > 0, "\(key) expires")
                }
                let channels = try redis.cli("PUBSUB", "CHANNELS", "*").split(separator: "\n")
                for channel in channels
                where ![
                    "webchat:0:node:n1", "webchat:0:node:n2", "webchat:0:users", "webchat:0:devices",
                ].contains(channel) {
                    #expect(channel.hasPrefix("webchat:0:{") && channel.hasSuffix("}:live"), "\(channel)")
                }
            }
        }

        @Test func afterAllNodesAreKilledTheNextOneShowsNoGhosts() async throws {
            try await withRedisServer { redis in
                let environment = ["REDIS_URL": redis.url]
                try await withNodes(2, environment: environment) { nodes in
                    for node in nodes {
                        for name in ["ann", "bob"] {
                            let ghost = try await Conversation.inLobby(node, name: name)
                            // The node dies before it hears of the end of the socket.
                            if name == "bob" { try await Self.waitForPresence(redis, of: node) }
                            withExtendedLifetime(ghost) {}
                        }
                    }
                    for node in nodes { node.signal(SIGKILL) }
                    for node in nodes { try await node.waitForExit() }
                }
                #expect(try redis.cli("KEYS", "webchat:{lobby}:members:*") != "", "the dead have left something")
                try await eventually("the contact cards of the dead expire", within: .seconds(60)) {
                    try redis.cli("KEYS", "webchat:node:*").isEmpty
                }
                try await withNodes(1, environment: environment) { nodes in
                    let dora = try await Conversation.open(nodes[0], name: "dora")
                    let joined = try await dora.join("lobby")
                    #expect(joined.members.users.allSatisfy { $0.id == dora.user.id }, "\(joined.members.users)")
                    #expect(joined.memberCount <= 1)
                    let eve = try await Conversation.open(nodes[0], name: "eve")
                    _ = try await eve.join("lobby")
                    let names = try await dora.first { frame -> [String]? in
                        guard case .presence(.changed(_, let joined, _, let count)) = frame, count == 2 else {
                            return nil
                        }
                        return joined.map(\.name)
                    }
                    #expect(names.contains("eve") && !names.contains("ann"))
                }
            }
        }

        private static func waitForPresence(_ redis: RedisServer, of node: NodeProcess) async throws {
            try await eventually("\(node.name) has written its members") {
                try redis.cli("KEYS", "webchat:{lobby}:members:\(node.name).*") != ""
            }
        }
    }
}
