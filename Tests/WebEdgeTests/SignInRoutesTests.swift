import ChatModel
import TestSupport
import Testing
import WebEdge

/// What may be read over HTTP where users sign in.
struct SignInRoutesTests {
    private static let paths = ["/messages", "/rooms", "/cluster"]

    @Test func whereAllAreGuestsNobodySignsIn() async throws {
        try await EdgeFixture.run { edge in
            for path in Self.paths { try await #expect(edge.get(path).status == 200, "\(path)") }
        }
    }

    @Test(arguments: [AccessMode.both, .users])
    func readersShowTheTokenOfTheirHello(mode: AccessMode) async throws {
        try await EdgeFixture.run(access: Access(mode: mode, tokens: Issuer(), signIn: nil)) { edge in
            for path in Self.paths {
                let refused = try await edge.get(path)
                #expect(refused.status == 401 && refused["WWW-Authenticate"] == "Bearer", "\(path)")
                for header in [
                    "Basic YTpi", "Bearer", "Bearer ", "Bearer bad..60", "Bearer nonsense", "bearer ann.Ann.60",
                ] {
                    try await #expect(edge.get(path, "Authorization: \(header)").status == 401, "\(path) \(header)")
                }
                try await #expect(edge.get(path, "Authorization: Bearer root.Root.60").status == 200, "\(path)")
                let user = try await edge.get(path, "Authorization: Bearer ann.Ann.60")
                #expect(user.status == (path == "/cluster" ? 403 : 200), "\(path)")
                try await #expect(edge.get(path, "Authorization: Bearer busy..60").status == 503, "\(path)")
                let guest = try await edge.get(path, "Authorization: Bearer token of ann")
                let isForOperators = path == "/cluster"
                #expect(guest.status == (mode == .both ? (isForOperators ? 403 : 200) : 401), "\(path)")
            }
            for path in ["/", "/healthz", "/readyz", "/static/style.css"] {
                try await #expect(edge.get(path).status == 200, "\(path)")
            }
        }
    }

    /// Of the user, from whom, and whether the request is served.
    @Test(arguments: [
        (["X-User: ann"], true, 200), (["X-User: ann", "X-Name: Ann Lee"], true, 200), ([], true, 401),
        (["X-User: "], true, 401), (["X-User: ann"], false, 400), (["X-Name: Ann"], false, 400),
        (["X-User: ann", "X-User: bob"], true, 400), (["X-Name: Ann"], true, 400),
        (["X-User: \(String(repeating: "a", count: 2_000))"], true, 400),
    ])
    func onlyATrustedProxyNamesUsers(headers: [String], isTrusted: Bool, status: Int) async throws {
        let access = Access(
            mode: .users, tokens: nil, headers: UserHeaders(user: "X-User", name: "X-Name"), signIn: nil)
        try await EdgeFixture.run(
            access: access,
            configure: { if isTrusted { $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressBlock($0) } } }
        ) { edge in
            let lines = ["GET /rooms HTTP/1.1", "Host: localhost", "Connection: close"] + headers
            let answer = try await edge.exchange(lines.map { $0 + "\r\n" }.joined() + "\r\n")
            #expect(answer.status == status)
            var upgrade = EdgeFixture.handshake().dropLast() + headers.map { $0 + "\r\n" }.joined()
            upgrade += "\r\n"
            let heard = try await edge.connect(sending: String(upgrade), until: "\r\n\r\n").text
            #expect(heard.hasPrefix("HTTP/1.1 \(status == 200 ? 101 : status)"), "\(heard)")
        }
    }

    @Test(arguments: [AccessMode.both, .users])
    func plainClientsAreGuests(mode: AccessMode) async throws {
        try await EdgeFixture.run(access: Access(mode: mode, tokens: Issuer(), signIn: nil)) { edge in
            let plain = try await edge.connect(sending: EdgeFixture.handshake(), until: "\r\n\r\n")
            #expect(plain.text.hasPrefix(mode == .both ? "HTTP/1.1 101" : "HTTP/1.1 401"), "\(plain.text)")
            let v1 = EdgeFixture.handshake("/ws", "Sec-WebSocket-Protocol: webchat.v1")
            try await #expect(edge.connect(sending: v1, until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 101"))
        }
    }
}
