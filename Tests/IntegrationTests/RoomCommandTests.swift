import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// `webchat room` against real nodes, and what their users see of it.
    struct RoomCommandTests {
        enum Setup: String, CaseIterable, CustomTestStringConvertible {
            case standalone, redis, redisCluster
            var testDescription: String { rawValue }
        }

        private struct Site {
            let nodes: [NodeProcess]
            let ports: [Int]

            /// Each command asks another node.
            func room(_ arguments: String..., at node: Int = 0) async throws -> CommandRun.Result {
                let port = ports[node % ports.count]
                let all = ["room", arguments[0], "--url", "http://127.0.0.1:\(port)"] + arguments.dropFirst()
                return try await CommandRun(all).wait()
            }
        }

        private static func with(_ setup: Setup, _ body: (Site) async throws -> Void) async throws {
            func run(_ environment: [String: String], count: Int) async throws {
                let ports = try (0..<count).map { _ in try freePort() }
                let nodes = try ports.enumerated().map { index, port in
                    try NodeProcess(
                        name: "n\(index + 1)",
                        environment: environment.merging(["ADVERTISE_HOST": "127.0.0.1", "ADMIN_PORT": "\(port)"]) {
                            $1
                        })
                }
                try await withNodes(nodes) { try await body(Site(nodes: $0, ports: ports)) }
            }
            switch setup {
            case .standalone: try await run([:], count: 1)
            case .redis: try await withRedisServer { try await run(["REDIS_URL": $0.url], count: 2) }
            case .redisCluster:
                try await withRedisCluster(primaries: 2) { try await run(["REDIS_URL": $0.url], count: 2) }
            }
        }

        private static func left(_ user: Conversation, _ room: String) async throws -> String {
            try await user.first { frame in
                if case .left(let name, let reason, _) = frame, name.description == room { reason } else { nil }
            }
        }

        @Test(arguments: Setup.allCases)
        func operatorsModerateOpenAndPrivateRoomsFromAnyNode(setup: Setup) async throws {
            try await Self.with(setup) { site in
                let (here, there) = (site.nodes[0], site.nodes[site.nodes.count - 1])
                let ann = try await Conversation.inLobby(here, name: "ann")
                let bob = try await Conversation.inLobby(there, name: "bob")
                try await ann.say(#"{"type":"chat","room":"lobby","text":"hi","key":"1"}"#)
                _ = try await ann.ack()
                try await ann.say(#"{"type":"create","private":true,"title":"the den","key":"2"}"#)
                let den = try await ann.first { if case .created(_, let room) = $0 { room.description } else { nil } }
                _ = try await ann.join(den)
                let member = #""member":"\#(bob.user.id)","name":"bob","role":"member","key":"3""#
                try await ann.say(#"{"type":"role","room":"\#(den)",\#(member)}"#)
                _ = try await ann.ack()
                _ = try await bob.join(den)

                var seen = ""
                try await eventually("both lists are right", state: { seen }) {
                    let open = try await site.room("list").output
                    let secret = try await site.room("list", "--private", at: 1).output
                    seen = open + secret
                    return open.contains("\nlobby  open  0 ") && !open.contains(den) && !secret.contains("lobby")
                        && secret.contains("\n\(den)  private  2 ") && secret.contains("the den")
                }
                try await eventually("both are in the room", state: { seen }) {
                    seen = try await site.room("members", den, at: 1).output
                    return seen.hasPrefix("\(den): private, 2 roles, 2 here, \"the den\"\n")
                }

                let banned = try await site.room("ban", "lobby", "\(bob.user.id)", "--minutes", "5")
                #expect(banned.status == 0, "\(banned.errors)")
                #expect(try await Self.left(bob, "lobby") == "banned")
                let removed = try await site.room("ban", den, "\(bob.user.id)", at: 1)
                #expect(removed.status == 0, "\(removed.errors)")
                #expect(try await Self.left(bob, den) == "removed")
                let lobby = try await site.room("members", "lobby").output
                #expect(lobby.contains("\n\(bob.user.id)  bob   banned  20"), "\(lobby)")
                try await #expect(site.room("unban", "lobby", "\(bob.user.id)", at: 1).status == 0)
                _ = try await bob.join("lobby")
                try await #expect(site.room("role", den, "\(bob.user.id)", "owner").status == 0)
                _ = try await bob.join(den)
            }
        }

        @Test(arguments: Setup.allCases)
        func aDeletedRoomIsEmptyOrGoneOnEveryNodeAtOnce(setup: Setup) async throws {
            try await Self.with(setup) { site in
                let users = try await [
                    Conversation.inLobby(site.nodes[0], name: "ann"),
                    Conversation.inLobby(site.nodes[site.nodes.count - 1], name: "bob"),
                ]
                try await users[0].say(#"{"type":"chat","room":"lobby","text":"hi","key":"1"}"#)
                _ = try await users[1].chat()
                let direct = #""with":"\#(users[1].user.id)","name":"bob","key":"2""#
                try await users[0].say(#"{"type":"create",\#(direct)}"#)
                let den = try await users[0].first {
                    if case .created(_, let room) = $0 { room.description } else { nil }
                }
                for user in users { _ = try await user.join(den) }

                let kept = try await site.room("delete", "lobby")
                #expect(kept.status == 64 && kept.errors.contains("confirm it with --yes"))
                for (index, room) in [den, "lobby"].enumerated() {
                    let result = try await site.room("delete", room, "--yes", at: index)
                    #expect(result.status == 0, "\(result.errors)")
                }
                // Far earlier than rooms are compared with their logs (5 s, quiet ones a minute).
                for user in users {
                    var (isRemoved, isReset) = (false, false)
                    try await user.first(within: .seconds(4)) { frame -> Void? in
                        if case .left(let room, "removed", _) = frame, room.description == den { isRemoved = true }
                        if case .reset(let reset) = frame, reset.room == .lobby, reset.messages.isEmpty {
                            isReset = true
                        }
                        return isRemoved && isReset ? () : nil
                    }
                }
                let gone = try await site.room("members", den)
                #expect(gone.status == 1 && gone.errors.contains("there is no such room"))
                let empty = try await site.room("members", "lobby", at: 1)
                #expect(
                    empty.status == 0 && empty.output.contains(users[0].user.id.description), "who is there is there")
                try await users[1].say(#"{"type":"join","room":"\#(den)"}"#)
                try await #expect(users[1].error().code == .notFound)
                try await users[1].say(#"{"type":"chat","room":"lobby","text":"anew","key":"3"}"#)
                try await #expect(users[0].chat().text == "anew")
            }
        }

        @Test func aPortWithoutTheCommandSaysWhatToDo() async throws {
            try await withNodes(1) { nodes in
                let url = "http://127.0.0.1:\(nodes[0].port)"
                for arguments in [["list"], ["members", "lobby"], ["delete", "lobby", "--yes"]] {
                    let result = try await CommandRun(["room"] + arguments + ["--url", url]).wait()
                    #expect(result.status == 1)
                    #expect(result.errors.contains("\(url) is not the ADMIN_PORT of a node."), "\(result.errors)")
                }
            }
        }
    }
}
