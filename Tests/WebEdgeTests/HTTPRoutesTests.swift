import ChatModel
import Foundation
import NIOCore
import NIOPosix
import Operations
import TestSupport
import Testing

@testable import WebEdge

@Suite struct HTTPRoutesTests {
    private struct Check: ReadinessCheck {
        let unreadyReason: String?
    }

    @Test func filesAreServedWithTheirTypesAndRevalidatedByETag() async throws {
        try await EdgeFixture.run { edge in
            let page = try await edge.get("/")
            #expect(page.status == 200)
            #expect(page.body == "<!doctype html><title>page</title>")
            #expect(page["Content-Type"] == "text/html; charset=utf-8")
            #expect(page["Cache-Control"] == "no-cache")

            let script = try await edge.get("/static/js/main.js")
            #expect(script["Content-Type"] == "text/javascript; charset=utf-8")
            try await #expect(edge.get("/static/style.css")["Content-Type"] == "text/css; charset=utf-8")

            let tag = try #require(script["ETag"])
            let again = try await edge.get("/static/js/main.js", "If-None-Match: \(tag)")
            #expect(again.status == 304)
            #expect(again.body.isEmpty)

            let head = try await edge.get("/static/js/main.js", method: "HEAD")
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "10")
            #expect(head.body.isEmpty)

            #expect(script.body == "export {};")
            for (range, part) in [
                ("0-5", "export"), ("7-", "{};"), ("7-99999999", "{};"), ("-5", "t {};"), ("9-2", nil), ("10-", nil),
            ] {
                let answer = try await edge.get("/static/js/main.js", "Range: bytes=\(range)")
                #expect(answer.status == (part == nil ? 416 : 206) && (part == nil || answer.body == part))
            }
        }
    }

    @Test(arguments: [
        "/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/..%2fsecret.txt", "/static//etc/passwd",
        "/static/.hidden", "/static/js", "/static/", "/../secret.txt", "/style.css", "/js/main.js",
        "/static/js/%00main.js", "/static//js/main.js", "/static/js%2f/main.js", "/static/js%2fmain.js",
        "/static/js/main.js/", "/static/js/main.js%2F", "/static/style.css//",
    ])
    func nothingOutsideThePagesDirectoryIsReachable(path: String) async throws {
        try await EdgeFixture.run { edge in
            let answer = try await edge.get(path)
            #expect([400, 404].contains(answer.status))
            #expect(!answer.body.contains("secret\n") && !["hidden", "export {};", "a{}"].contains(answer.body))
        }
    }

    @Test(arguments: ["/", "/static/js/main.js", "/healthz", "/none"])
    func everyResponseHasTheSecurityHeaders(path: String) async throws {
        try await EdgeFixture.run { edge in
            let answer = try await edge.get(path)
            #expect(
                answer["Content-Security-Policy"]
                    == "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                    + "img-src 'self' data:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                    + "require-trusted-types-for 'script'; trusted-types worker")
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            #expect(answer["Referrer-Policy"] == "no-referrer")
            #expect(answer["Cross-Origin-Opener-Policy"] == "same-origin")
        }
    }

    @Test func healthReadinessAndMetricsAreServed() async throws {
        try await EdgeFixture.run(membership: FixedMembership(degraded: []), readiness: [Check(unreadyReason: nil)]) {
            edge in
            let health = try await edge.get("/healthz")
            #expect(health.status == 200 && health["Content-Type"] == "application/json")
            #expect(health.body == #"{"status": "ok"}"#)
            try await #expect(edge.get("/readyz").body == "ready\n")
            let metrics = try await edge.get("/metrics")
            #expect(metrics["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.body.contains("webchat_connected_users 0\n"))
        }
    }

    @Test func aNodeThatIsNotReadyListsAllReasons() async throws {
        let checks = [Check(unreadyReason: "no Redis"), Check(unreadyReason: nil), Check(unreadyReason: "no canary")]
        try await EdgeFixture.run(readiness: checks) { edge in
            let answer = try await edge.get("/readyz")
            #expect(answer.status == 503)
            #expect(answer.body == "no Redis\nno canary\n")
            let proxied = try await edge.get("/readyz", "X-Forwarded-For: 192.0.2.1")
            #expect(proxied.status == 503 && proxied.body == "not ready\n")
            try await #expect(edge.get("/healthz").status == 200)
        }
    }

    @Test func aNodeInADegradedClusterIsReadyAndReportsTheProblem() async throws {
        try await EdgeFixture.run(membership: FixedMembership(degraded: ["no UDP to n2"])) { edge in
            let answer = try await edge.get("/readyz")
            #expect(answer.status == 200)
            #expect(answer.body == "ready\ndegraded: no UDP to n2\n")
            let proxied = try await edge.get("/readyz", "X-Forwarded-For: 192.0.2.1")
            #expect(proxied.status == 200 && proxied.body == "ready\ndegraded\n")
        }
    }

    @Test func clusterListsNodesByNameWithoutNegativeUptime() async throws {
        typealias Object = [String: Any]
        try await EdgeFixture.run { edge in
            let body = try await edge.get("/cluster").body
            let cluster = try #require(JSONSerialization.jsonObject(with: Data(body.utf8)) as? Object)
            #expect(cluster["v"] as? Int == 1)
            #expect(cluster["self"] as? String == "n1")
            let members = try #require(cluster["members"] as? [Object])
            #expect(members.map { $0["id"] as? String } == ["n1", "n2", "n3"])
            let generatedAt = try #require(cluster["generatedAt"] as? Int)
            #expect(members[0]["uptimeS"] as? Int == (generatedAt - 1) / 1000)
            for (name, value) in ["id": "n2", "addr": "b:1", "state": "suspect", "version": "2"] {
                #expect(members[1][name] as? String == value)
            }
            #expect(members[1]["generation"] as? Int == 9 && members[1]["uptimeS"] as? Int == 0)
            let relay = try #require(cluster["relay"] as? Object)
            #expect(relay["kind"] as? String == "memory" && relay["connected"] as? Bool == true)
            let supervision = try #require(cluster["supervision"] as? Object)
            #expect(supervision["restarts5m"] as? Int == 1 && supervision["reconnects5m"] as? Int == 0)
            let tree = try #require(supervision["tree"] as? [Object])
            #expect(tree.map { $0["name"] as? String } == ["node", "edge"])
            let link = try #require((tree[0]["children"] as? [Object])?.first)
            #expect(link["name"] as? String == "link" && link["state"] as? String == "waiting")
            #expect(link["restarts"] as? Int == 1 && link["lastError"] as? String == "away")
            #expect((0...60_000).contains(link["nextAttemptInMs"] as? Int ?? -1))
            let forMs = try #require(link["forMs"] as? Int)
            #expect(forMs >= 0 && link["lastErrorMsAgo"] as? Int == forMs)
            // Each begins in a task of its own: their order is chance.
            let own = try #require(tree[1]["children"] as? [Object]).map { $0["name"] as? String }
            #expect(Set(own) == ["http", "drain"], "the edge itself")
        }
    }

    private struct Messages: Decodable {
        struct Message: Decodable, Equatable {
            struct From: Decodable, Equatable {
                let id: String
                let name: String
            }
            let id: String
            let from: From
            let text: String
            let ts: Int64
            let type: String
            var re: String?
        }
        let messages: [Message]
        let more: Bool
    }

    private static func message(_ seq: UInt64, at ms: Int64, plain: PlainForm? = nil) -> ChatMessage {
        ChatMessage(
            id: MessageID(ms: UInt64(ms), seq: seq), user: UserID("u"), name: "Ann", text: #"say "\#(seq)""#, key: "k",
            ts: ms, plain: plain)
    }

    private func messages(_ answer: HTTPAnswer) throws -> Messages {
        #expect(answer["Content-Type"] == "application/json")
        return try JSONDecoder().decode(Messages.self, from: Data(answer.body.utf8))
    }

    @Test func messagesReturnsTheLastMinutesOldestFirst() async throws {
        let now = WallClock.milliseconds()
        let old = Self.message(1, at: now - 45 * 60_000, plain: PlainForm(kind: .message, ts: nil))
        let recent = (2...601).map { Self.message($0, at: now - 60_000) }
        try await EdgeFixture.run(log: FixedLog(messages: [old] + recent)) { edge in
            let half = try await messages(edge.get("/messages"))
            #expect(half.messages.count == 600)
            #expect(!half.more)
            #expect(half.messages.map(\.id) == recent.map(\.id.description))
            let hour = try await messages(edge.get("/messages?minutes=60&room=lobby"))
            #expect(hour.messages.count == 601)
            #expect(
                hour.messages.first
                    == .init(
                        id: old.id.description, from: .init(id: "u", name: "Ann"), text: #"say "1""#, ts: old.ts,
                        type: "message"))
        }
    }

    @Test func messagesOmitsActsAndDeletedMessages() async throws {
        let said = (1...4).map { Self.message($0, at: WallClock.milliseconds() - 1_000) }
        let edit = ChatMessage(
            id: said[2].id, user: said[0].user, name: "Ann", text: "new", key: "", ts: said[2].ts,
            act: .edit(said[0].id))
        let log = FixedLog(messages: [
            said[0].showing("new", .changed(edited: edit.id, reactions: [])), said[1].showing("", .deleted), edit,
            said[3],
        ])
        try await EdgeFixture.run(log: log) { edge in
            let page = try await messages(edge.get("/messages?minutes=1"))
            #expect(page.messages.map(\.text) == ["new", said[3].text])
        }
    }

    @Test func messagesSayWhatTheyAnswer() async throws {
        let question = Self.message(1, at: WallClock.milliseconds() - 1_000)
        let answer = ChatMessage(
            id: MessageID(ms: question.id.ms, seq: 2), user: question.user, name: "Ann", text: "yes", key: "",
            ts: question.ts, re: question.id)
        try await EdgeFixture.run(log: FixedLog(messages: [question, answer])) { edge in
            let page = try await messages(edge.get("/messages?minutes=1"))
            #expect(page.messages.map(\.re) == [nil, question.id.description])
        }
    }

    @Test func messagesCostTheRateOfTheirAddress() async throws {
        let now = WallClock.milliseconds()
        var limits = SocketConfiguration()
        // Four seconds for one answer.
        limits.messageRatePerAddress = 1
        try await EdgeFixture.run(
            log: FixedLog(messages: [Self.message(1, at: now - 1_000)]),
            access: Access(mode: .both, tokens: Issuer(), signIn: nil), limits: limits,
            configure: { $0.trustedProxies = [AddressBlock("127.0.0.1")!] }
        ) { edge in
            func ask(_ token: String, from address: String) async throws -> HTTPAnswer {
                try await edge.get(
                    "/messages?minutes=1", "Authorization: Bearer \(token)", "X-Forwarded-For: \(address)")
            }
            let (guest, user) = ("token of ann", "id-ann.Ann.60")
            try await #expect(ask(guest, from: "192.0.2.1").status == 200)
            let refused = try await ask(guest, from: "192.0.2.1")
            #expect(refused.status == 429 && ["1", "2", "3", "4"].contains(refused["Retry-After"]))
            try await #expect(ask(guest, from: "192.0.2.2").status == 200)
            for _ in 0..<9 { try await #expect(ask(user, from: "192.0.2.1").status == 200) }
        }
    }

    @Test func messagesStopsAfterAThousandAndReportsMore() async throws {
        let now = WallClock.milliseconds()
        let all = (1...1_001).map { Self.message($0, at: now - 1_000) }
        try await EdgeFixture.run(log: FixedLog(messages: all)) { edge in
            let page = try await messages(edge.get("/messages?minutes=1"))
            #expect(page.messages.count == 1_000 && page.more)
        }
    }

    @Test func messagesReadsAtMostTwentyPagesForTheClientsAddress() async throws {
        let now = WallClock.milliseconds()
        // As a log of large messages reads.
        var log = FixedLog(messages: (1...100).map { Self.message($0, at: now - 1_000) })
        log.pageLength = 2
        try await EdgeFixture.run(log: log, configure: { $0.trustedProxies = [AddressBlock("127.0.0.1")!] }) { edge in
            let page = try await messages(edge.get("/messages?minutes=1", "X-Forwarded-For: 192.0.2.7, 203.0.113.9"))
            #expect(page.messages.count == 40 && page.more)
        }
        let reader = LogReader.recent(
            of: "203.0.113.9", by: nil, from: AddressDigest("203.0.113.9 in lobby"))
        #expect(log.readers.all == Array(repeating: reader, count: 20))
    }

    @Test(arguments: [
        ("/messages?minutes=0", 400, "1 to 1440"), ("/messages?minutes=1441", 400, "1 to 1440"),
        ("/messages?minutes=ten", 400, "1 to 1440"), ("/messages?minutes=99999999999999999999", 400, "1 to 1440"),
        ("/messages?room=NO", 400, "room"), ("/messages?room=den", 503, "try again"),
        ("/nothing", 404, "not found"),
    ])
    func aMalformedRequestGetsASpecificError(path: String, status: Int, reason: String) async throws {
        try await EdgeFixture.run { edge in
            let answer = try await edge.get(path)
            #expect(answer.status == status)
            #expect(answer["Content-Type"] == "text/plain; charset=utf-8")
            #expect(answer.body.contains(reason))
        }
    }

    @Test func roomsAreListed() async throws {
        try await EdgeFixture.run { edge in
            try await #expect(edge.get("/rooms").body == #"{"rooms":[{"room":"lobby","lastActivity":7}]}"#)
        }
    }

    @Test(arguments: ["/", "/none", "/messages?minutes=0", "/static/js/main.js", "/ws", "/static/%zz", "/cluster"])
    func responsesToHEADHaveNoBody(path: String) async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(sending: "HEAD \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            client.send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let heard = try await client.untilClosed()
            let rest = try #require(heard.range(of: "\r\n\r\n"))
            #expect(heard[rest.upperBound...].hasPrefix("HTTP/1.1 200 OK\r\n"), "\(heard)")
        }
    }

    @Test func largerResponsesAreCompressedIfAccepted() async throws {
        let log = FixedLog(messages: (1...50).map { Self.message($0, at: WallClock.milliseconds() - 1_000) })
        try await EdgeFixture.run(log: log) { edge in
            for path in ["/messages", "/cluster", "/metrics"] {
                let plain = try await edge.get(path)
                #expect(plain["Content-Encoding"] == nil && plain["Vary"]?.contains("Accept-Encoding") == true)
                let packed = try await edge.get(path, "Accept-Encoding: gzip")
                #expect(packed["Content-Encoding"] == "gzip" && packed["Vary"]?.contains("Accept-Encoding") == true)
            }
            try await #expect(edge.get("/rooms", "Accept-Encoding: gzip")["Content-Encoding"] == nil)
        }
    }

    @Test func aRequestWithABodyIsRejected() async throws {
        try await EdgeFixture.run { edge in
            let answer = try await edge.exchange(
                "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
            #expect(answer.status == 413)
        }
    }

    @Test func anAdminPortHidesMetricsClusterAndAddressesFromClients() async throws {
        let adminPort = try freePort()
        let degraded = FixedMembership(degraded: ["no UDP to 10.1.2.3"])
        try await EdgeFixture.run(membership: degraded, configure: { $0.adminPort = adminPort }) { edge in
            func asOperator(_ path: String) async throws -> HTTPAnswer {
                let client = try await RawClient(port: adminPort)
                client.send("GET \(path) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                return try await HTTPAnswer(client.untilClosed())
            }
            for path in ["/metrics", "/cluster"] {
                try await #expect(edge.get(path).status == 404)
                try await #expect(asOperator(path).status == 200)
            }
            try await #expect(edge.get("/readyz").body == "ready\ndegraded\n")
            try await #expect(asOperator("/readyz").body == "ready\ndegraded: no UDP to 10.1.2.3\n")
        }
    }
}
