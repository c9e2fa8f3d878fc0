import ChatModel
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Embedded
@testable import WebEdge

@Suite struct RoomRoutesTests {
    private let den = RoomName("_private-abcdefghijklmnopqrstuvwxyz")!
    private let store = EmbeddedBackend(node: FixedMembership().own)

    /// `ann` owns the private room, `bob` is in the lobby, `eve` was banned there for a while.
    private func run(_ body: @Sendable (EdgeFixture, Operator) async throws -> Void) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let (store, den) = (store, den)
        let ann = UserID("ann")
        @Sendable func role(_ role: RoomRole, _ user: String, _ end: RoleEnd, _ authority: Authority) -> MessageDraft {
            MessageDraft(
                user: ann, name: "Ann", text: user.capitalized, key: "", act: .room(.role(role, of: UserID(user), end)),
                authority: authority)
        }
        try await eventLoop.submit {
            for (draft, room) in [
                (role(.owner, "ann", .never, .maker), den),
                (MessageDraft(user: ann, name: "Ann", text: "hi", key: ""), .lobby),
                (role(.banned, "eve", .at(1), .operator), .lobby),
                (role(.banned, "mia", .never, .operator), .lobby),
            ] {
                store.publish([draft], to: room, on: eventLoop) { _ in }
            }
            let here = [
                "bob": NodeMember(name: "Bob \u{1B}[31m\"", sockets: 1), "mia": NodeMember(name: "Mia", sockets: 1),
            ]
            for (user, member) in here {
                store.update([UserID(user): member], in: .lobby, announcing: nil, on: eventLoop)
            }
        }.get()
        let port = try freePort()
        try await EdgeFixture.run(store: store, configure: { $0.adminPort = port }) { edge in
            let ops = Operator(port: port)
            // The users' port may be open first.
            try await eventually("the admin port is open") { (try? await ops.get("")) != nil }
            try await body(edge, ops)
        }
    }

    private struct Operator {
        let port: Int

        func get(_ path: String) async throws -> HTTPAnswer { try await ask("GET", path) }
        func post(_ path: String, _ headers: String...) async throws -> HTTPAnswer {
            try await ask("POST", path, headers)
        }

        private func ask(_ method: String, _ path: String, _ headers: [String] = []) async throws -> HTTPAnswer {
            let client = try await RawClient(port: port)
            let lines = ["\(method) /admin/rooms\(path) HTTP/1.1", "Host: h", "Connection: close"] + headers
            client.send(lines.map { $0 + "\r\n" }.joined() + "\r\n")
            return try await HTTPAnswer(client.untilClosed())
        }
    }

    @Test func onlyTheAdminPortHasThem() async throws {
        try await run { edge, _ in
            for path in ["/admin/rooms", "/admin/rooms/lobby"] {
                try await #expect(edge.get(path).status == 404)
            }
            let post = try await edge.get("/admin/rooms/lobby/delete", method: "POST")
            #expect([404, 405].contains(post.status))
        }
        // Nor has a node without one.
        try await EdgeFixture.run { edge in
            try await #expect(edge.get("/admin/rooms").status == 404)
        }
    }

    @Test func openAndPrivateRoomsAreListedWithTheirRoles() async throws {
        try await run { _, ops in
            let open = try await ops.get("")
            #expect(open.status == 200 && open["Content-Type"] == "application/json")
            #expect(
                open.body.hasPrefix(#"{"rooms":[{"room":"lobby","kind":"open","title":"","roles":1,"lastActivity":"#))
            let secret = try await ops.get("?private=true&limit=1").body
            #expect(secret.hasPrefix(#"{"rooms":[{"room":"\#(den)","kind":"private","title":"","roles":1,"#))
            for query in ["?limit=0", "?limit=1001", "?limit=x", "?private=maybe"] {
                try await #expect(ops.get(query).status == 400, "\(query)")
            }
        }
    }

    @Test func membersAreThoseWithARoleAndThoseWhoAreThere() async throws {
        try await run { _, ops in
            let lobby = try await ops.get("/lobby").body
            #expect(
                lobby == #"{"room":"lobby","kind":"open","title":"","topic":"","speak":"everyone","slow":0,"#
                    + #""roles":[{"id":"mia","name":"Mia","role":"banned","until":null}],"#
                    + #""present":[{"id":"bob","name":"Bob \u001b[31m\""}]}"#)
            try await #expect(ops.get("/\(den)").body.contains(#""roles":[{"id":"ann","name":"Ann","role":"owner""#))
        }
    }

    @Test(arguments: [
        ("/nosuch", "GET", 404), ("/nosuch/delete", "POST", 404), ("/nosuch/role?user=u&role=none", "POST", 404),
        ("/nosuch/unban?user=u", "POST", 404), ("/_canary", "GET", 400), ("/_canary/delete", "POST", 400),
        ("/UPPER", "GET", 400), ("/%00", "GET", 400), ("/lobby/role", "POST", 400), ("/lobby/role?user=u", "POST", 400),
        ("/lobby/role?user=u&role=king", "POST", 400), ("/lobby/role?user=&role=none", "POST", 400),
        ("/lobby/role?user=a%20b&role=none", "POST", 400), ("/lobby/role?user=u&role=banned&minutes=0", "POST", 400),
        ("/lobby/role?user=u&role=banned&minutes=9223372036854775807", "POST", 400),
        ("/lobby/role?user=u&role=banned&minutes=1e3", "POST", 400),
        ("/lobby/role?user=u&role=member&name=%20", "POST", 400), ("/lobby/unban", "POST", 400),
        ("/lobby/role?user=nobody&role=banned", "POST", 409), ("/lobby/unban?user=bob", "POST", 409),
        ("/lobby/unban?user=eve", "POST", 409),
        ("/lobby/role?user=u&role=none", "GET", 404), ("/lobby/delete", "GET", 404),
    ])
    func badRequestsAreRefused(path: String, method: String, status: Int) async throws {
        try await run { _, ops in
            let answer = try await method == "GET" ? ops.get(path) : ops.post(path)
            #expect(answer.status == status, "\(answer.body)")
            #expect(store.page(.head, of: .lobby).map(\.head.position.id.seq) == .success(3))
        }
    }

    @Test func pagesInABrowserCannotChangeAnything() async throws {
        try await run { _, ops in
            for path in ["/lobby/delete", "/lobby/role?user=bob&role=owner", "/lobby/unban?user=mia"] {
                for origin in ["http://h", "null", "http://127.0.0.1:\(ops.port)"] {
                    try await #expect(ops.post(path, "Origin: \(origin)").status == 403)
                }
            }
            #expect(store.rules(of: .lobby)?.grants.count == 2)
        }
    }

    @Test func rolesAreEntriesOfTheLogByTheOperator() async throws {
        try await run { _, ops in
            try await #expect(ops.post("/lobby/role?user=bob&role=banned&minutes=5").status == 200)
            try await #expect(ops.post("/lobby/role?user=zoe&role=moderator&name=Zo%C3%AB%20%26%20co").status == 200)
            try await #expect(ops.post("/lobby/unban?user=mia").status == 200)
            try await #expect(ops.post("/\(den)/role?user=bob&role=member&name=Bob", "Content-Length: 0").status == 200)
            let rules = try #require(store.rules(of: .lobby))
            let bob = try #require(rules.grants[UserID("bob")])
            #expect(bob.role == .banned && bob.until.map { $0 > WallClock.milliseconds() + 200_000 } == true)
            #expect(rules.grants[UserID("zoe")]?.name == "Zoë & co")
            #expect(rules.grants[UserID("mia")] == nil)
            let entries = try store.page(.backward(before: nil, limit: 3), of: .lobby).get().messages
            #expect(entries.map(\.user) == Array(repeating: UserID("operator"), count: 3))
            #expect(store.rules(of: den)?.grants[UserID("bob")]?.role == .member)
            // The last owner stays.
            let answer = try await ops.post("/\(den)/role?user=ann&role=none")
            #expect(answer.status == 409 && answer.body == "make somebody else an owner of the room first\n")
        }
    }

    @Test func aRoomIsDeleted() async throws {
        try await run { _, ops in
            for room in [den, .lobby] {
                try await #expect(ops.post("/\(room)/delete").status == 200)
                #expect(store.rules(of: room) == nil)
                let again = try await ops.post("/\(room)/delete")
                #expect(again.status == 404 && again.body == "there is no such room\n")
            }
        }
    }
}
