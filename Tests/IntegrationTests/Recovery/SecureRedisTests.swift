import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Redis over TLS, as a user who may do what nodes need and nothing else.
    struct SecureRedisTests {
        @Test func twoNodesNeedOnlyTheDocumentedPermissionsOverTLS() async throws {
            let authority = try CertificateAuthority()
            let files = TemporaryDirectory()
            let port = try freePort()
            let arguments = try authority.issue(to: "DNS:localhost").redisArguments(port: port)
            try await withRedisServer(arguments: arguments) { redis in
                let rights = try Self.documentedRights()
                #expect(try redis.cli(["ACL", "SETUSER", "chat", "on", ">secret"] + rights) == "OK")
                try redis.cli("CONFIG", "RESETSTAT")
                let environment = [
                    "REDIS_URL": "rediss://chat:secret@localhost:\(port)", "REDIS_CA_FILE": authority.certificate,
                    "FILES_DIR": files.path,
                ]
                try await withNodes(2, environment: environment) { nodes in
                    try await Self.liveThroughEverything(nodes, redis)
                    try await eventually("the deleted text is erased") {
                        let marks = try redis.cli("HMGET", "webchat:{lobby}:head", "stale", "erased")
                            .split(separator: "\n")
                        return marks.count == 2 && marks[0] == marks[1]
                    }
                    for node in nodes { node.signal(SIGTERM) }
                    for node in nodes { #expect(try await node.waitForExit() == 0) }
                }
                #expect(try redis.cli("ACL", "LOG") == "", "something was refused")
                #expect(try redis.cli("KEYS", "webchat:node:*") == "", "the nodes could take their cards away")

                let used = try redis.cli("INFO", "commandstats").split(whereSeparator: \.isNewline).compactMap { line in
                    line.hasPrefix("cmdstat_") ? String(line.dropFirst("cmdstat_".count).prefix { $0 != ":" }) : nil
                }
                let commands = rights.filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) }
                // A room without members lingers before its channel is given up: longer than this test.
                let superfluous = Set(commands).subtracting(used).subtracting(["unsubscribe"])
                #expect(superfluous.isEmpty, "nobody needs \(superfluous)")
            }
        }

        /// Everything that makes a node ask Redis for something.
        /// A private room, by invitation, in slow mode.
        private static func ownARoom(_ ann: Member, _ bob: Member, _ redis: RedisServer) async throws {
            try await ann.send(#"{"type":"create","private":true,"key":"new"}"#)
            let room = try await ann.first { if case .created(_, let room) = $0 { room } else { nil } }
            _ = try await ann.join(room.description)
            try await ann.send(#"{"type":"policy","room":"\#(room)","setting":"slow","text":"600","key":"slow"}"#)
            try await ann.send(#"{"type":"invite","room":"\#(room)","key":"link"}"#)
            let token = try await ann.first { if case .invitation(let link) = $0 { link.token } else { nil } }
            try await bob.send(#"{"type":"accept","token":"\#(token)","key":"yes"}"#)
            _ = try await bob.first { if case .created = $0 { () } else { nil } }
            _ = try await bob.join(room.description)
            try await bob.send(#"{"type":"chat","room":"\#(room)","text":"here","key":"here"}"#)
            _ = try await bob.first { if case .ack(room, "here", _) = $0 { () } else { nil } }
            try await ann.send(
                #"{"type":"role","room":"\#(room)","member":"\#(bob.user.id)","name":"bob","role":"none","key":"out"}"#)
            _ = try await bob.first { if case .left(room, "removed", _) = $0 { () } else { nil } }
            // A node notes in the list what it published when the others know already.
            try await eventually("bob's list is without the room") {
                try redis.cli("EXISTS", "webchat:user:\(bob.user.id):rooms") == "0"
            }
            try await bob.send(#"{"type":"rooms"}"#)
            _ = try await bob.first { if case .rooms([]) = $0 { () } else { nil } }
        }

        private static func shareAFile(_ ann: Member, _ bob: Member) async throws {
            let upload = try await ann.ask(
                #"{"type":"upload","room":"lobby","name":"a","mediaType":"text/plain","bytes":1,"key":"upload"}"#
            ) { if case .upload(let upload) = $0 { upload } else { nil } }
            let ticket = try upload.get().file
            let ack = try await ann.ask(
                #"{"type":"chat","room":"lobby","text":"","files":["\#(ticket)"],"key":"file"}"#
            ) { if case .ack(_, "file", _) = $0 { () } else { nil } }
            try ack.get()
            _ = try await bob.first { frame in
                if case .chat(_, _, let message) = frame, message.files.map(\.name.description) == ["a"] {
                    ()
                } else {
                    nil
                }
            }
        }

        private static func liveThroughEverything(_ nodes: [NodeProcess], _ redis: RedisServer) async throws {
            let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
            try await ann.say("1")
            let position = try await Member.open(nodes[1]).join("lobby").position
            try await bob.say("2")
            for who in [ann, bob] {
                #expect(try await who.history(through: "2") == [.chat("1", seq: 1), .chat("2", seq: 2)])
            }
            #expect(try await ann.say("1").seq == 1, "a key is known")
            #expect(try await Member.open(nodes[0]).join("lobby", since: position).recovered)
            try await bob.send(#"{"type":"rename","name":"robert"}"#)
            try await bob.send(#"{"type":"typing","room":"lobby"}"#)
            _ = try await ann.first {
                $0 == .typing(room: .lobby, user: User(id: bob.user.id, name: "robert")) ? () : nil
            }
            try await ann.send(#"{"type":"history","room":"lobby"}"#)
            _ = try await ann.first {
                if case .history(let history) = $0, history.messages.count == 2 { () } else { nil }
            }
            for on in [true, false] {
                try await bob.send(
                    #"{"type":"react","room":"lobby","id":"\#(position.id)","emoji":"👍","on":\#(on),"key":"\#(on)"}"#)
                _ = try await bob.first { if case .ack(_, "\(on)", _) = $0 { () } else { nil } }
            }
            try await ann.send(#"{"type":"delete","room":"lobby","id":"\#(position.id)","key":"gone"}"#)
            _ = try await ann.first { if case .ack(_, "gone", _) = $0 { () } else { nil } }
            try await Self.shareAFile(ann, bob)
            try await Self.ownARoom(ann, bob, redis)
            for target in ["/messages?room=lobby&minutes=5", "/rooms", "/cluster"] {
                #expect(try await nodes[0].get(target).status == 200, "\(target)")
            }
            try await bob.close()
            _ = try await ann.first { frame in
                if case .presence(.changed(_, _, let left, _)) = frame, left.contains(where: { $0.id == bob.user.id }) {
                    ()
                } else {
                    nil
                }
            }
        }

        @Test func aNodeThatDoesNotTrustRedisIsNotReadyAndSaysWhy() async throws {
            let authority = try CertificateAuthority()
            let port = try freePort()
            let arguments = try authority.issue(to: "DNS:localhost").redisArguments(port: port)
            try await withRedisServer(arguments: arguments) { _ in
                let stranger = try CertificateAuthority()
                let node = try NodeProcess(
                    name: "n1",
                    environment: [
                        "REDIS_URL": "rediss://:secret@localhost:\(port)", "REDIS_CA_FILE": stranger.certificate,
                    ])
                try node.start()
                let reason = "Redis' certificate is not trusted"
                try await eventually("the node says why", state: { node.log }) {
                    guard let ready = try? await node.get("/readyz") else { return false }
                    return ready.status == 503 && ready.body.contains(reason) && ready.body.contains("REDIS_CA_FILE")
                }
                #expect(node.log.contains(reason) && !node.log.contains("secret"))
            }
        }

        @Test func aWrongPasswordIsReported() async throws {
            try await withRedisServer(password: "right") { redis in
                let node = try NodeProcess(
                    name: "n1", environment: ["REDIS_URL": "redis://:mistaken@127.0.0.1:\(redis.port)"])
                try node.start()
                try await eventually("the node says why", state: { node.log }) {
                    (try? await node.get("/readyz"))?.body.contains("check user and password in REDIS_URL") ?? false
                }
                #expect(!node.log.contains("mistaken"))
            }
        }

        /// The words of the rule in `docs/protocol.md`, section 7, after the password.
        private static func documentedRights() throws -> [String] {
            let file = NodeProcess.repository.appending(path: "docs/protocol.md")
            let words = try String(contentsOf: file, encoding: .utf8)
                .split(separator: "ACL SETUSER chat on >PASSWORD ").dropFirst().first?
                .prefix { $0 != "`" }.split(whereSeparator: \.isWhitespace).map(String.init)
            return try #require(words, "docs/protocol.md has no ACL SETUSER chat on >PASSWORD …")
        }
    }
}
