import Actors
import ChatModel
import NIOCore
import NIOHTTP1
import Testing

@testable import WebEdge

@Suite struct UpgradeGateTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    private static func head(
        _ uri: String = "/ws", method: HTTPMethod = .GET, version: HTTPVersion = .http1_1,
        without missing: String? = nil, with changes: [(String, String)] = []
    ) -> HTTPRequestHead {
        var headers: HTTPHeaders = [
            "Host": "chat.example:8080", "Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
        ]
        if let missing { headers.remove(name: missing) }
        for (name, value) in changes { headers.replaceOrAdd(name: name, value: value) }
        return HTTPRequestHead(version: version, method: method, uri: uri, headers: headers)
    }

    private func answer(
        _ head: HTTPRequestHead, allowed: Set<String>? = nil, trusted: [String] = [], peer: String = "192.0.2.7"
    ) throws -> Result<UpgradeGate.Handshake, UpgradeRefusal> {
        let gate = UpgradeGate(
            allowedOrigins: allowed, clientAddress: ClientAddress(trustedProxies: trusted.compactMap(AddressBlock.init))
        )
        let peer = try SocketAddress(ipAddress: peer, port: 4711)
        return Result { () throws(UpgradeRefusal) in try gate.handshake(head, peer: peer) }
    }

    @Test("a browser of ours speaks v1, a client without subprotocol is plain")
    func agrees() throws {
        let v1 = Self.head("/ws?room=ignored%20here", with: [("Sec-WebSocket-Protocol", "soap, webchat.v1")])
        try #expect(answer(v1).get() == .init(mode: .v1, room: .lobby, address: "192.0.2.7"))
        try #expect(answer(Self.head()).get().mode == .plain)
        try #expect(answer(Self.head("/ws?a=b&room=den")).get().room == RoomName("den"))
    }

    @Test("what is no handshake is refused with the reason")
    func refuses() throws {
        let table: [(HTTPRequestHead, UpgradeRefusal)] = [
            (Self.head(method: .POST), .notGet),
            (Self.head(version: .http1_0), .notAnUpgrade),
            (Self.head(without: "Connection"), .notAnUpgrade),
            (Self.head(with: [("Connection", "close")]), .notAnUpgrade),
            (Self.head(with: [("Content-Length", "5")]), .hasBody),
            (Self.head(with: [("Transfer-Encoding", "chunked")]), .hasBody),
            (Self.head(without: "Sec-WebSocket-Key"), .badKey),
            (Self.head(with: [("Sec-WebSocket-Key", "c2hvcnQ=")]), .badKey),
            (Self.head(with: [("Sec-WebSocket-Key", "not base64 at all !!")]), .badKey),
            (Self.head(without: "Sec-WebSocket-Version"), .badVersion),
            (Self.head(with: [("Sec-WebSocket-Version", "8")]), .badVersion),
            (Self.head(with: [("Sec-WebSocket-Protocol", "soap")]), .badSubprotocol),
            (Self.head("/ws?room="), .badRoom),
            (Self.head("/ws?room=No"), .badRoom),
            (Self.head("/ws?room=_canary"), .badRoom),
        ]
        for (head, refusal) in table { try #expect(answer(head) == .failure(refusal)) }
        var twoKeys = Self.head()
        twoKeys.headers.add(name: "Sec-WebSocket-Key", value: Self.key)
        try #expect(answer(twoKeys) == .failure(.badKey))
    }

    @Test(
        "without a list, a page's host must be the one it talks to",
        arguments: [
            ("http://chat.example:8080", "chat.example:8080", true),
            ("https://CHAT.example", "chat.example", true), ("https://chat.example", "chat.example:443", true),
            ("http://chat.example:80", "chat.example", true), ("http://[::1]:8080", "[::1]:8080", true),
            ("http://chat.example", "chat.example:8080", false), ("http://evil.example", "chat.example", false),
            ("https://chat.example.evil.example", "chat.example", false), ("null", "chat.example", false),
            ("", "chat.example", false), ("chat.example", "chat.example", false),
        ])
    func sameHost(origin: String, host: String, allowed: Bool) throws {
        let result = try answer(Self.head(with: [("Origin", origin), ("Host", host)]))
        #expect((result == .failure(.foreignOrigin)) == !allowed)
    }

    @Test("a list of origins is exact, and the host counts no more")
    func listedOrigins() throws {
        let allowed: Set = ["https://app.example"]
        try #expect(answer(Self.head(with: [("Origin", "https://app.example")]), allowed: allowed).get().mode == .plain)
        for foreign in ["http://app.example", "https://app.example:443", "http://chat.example:8080", "null"] {
            try #expect(answer(Self.head(with: [("Origin", foreign)]), allowed: allowed) == .failure(.foreignOrigin))
        }
        #expect(throws: Never.self) { try answer(Self.head(), allowed: allowed).get() }
    }

    @Test(
        "the client's address is the right-most hop that is no trusted proxy",
        arguments: [
            ("192.0.2.7", "9.9.9.9", "192.0.2.7"), ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "9.9.9.9", "9.9.9.9"), ("10.0.0.1", "6.6.6.6, 9.9.9.9", "9.9.9.9"),
            ("10.0.0.1", "9.9.9.9, 10.0.0.2", "9.9.9.9"), ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("10.0.0.1", "9.9.9.9, nonsense", "10.0.0.1"), ("10.0.0.1", "2001:DB8::1", "2001:db8::1"),
            ("::ffff:10.0.0.1", "9.9.9.9", "9.9.9.9"),
        ])
    func clientAddress(peer: String, forwarded: String, expected: String) throws {
        let head = Self.head(with: [("X-Forwarded-For", forwarded)])
        try #expect(answer(head, trusted: ["10.0.0.0/8"], peer: peer).get().address == expected)
    }

    @Test("sockets are counted, altogether and by address, until they are released")
    func admission() throws {
        let admission = SocketAdmission(maximum: 3, perAddress: 2)
        try admission.admit("a")
        try admission.admit("a")
        #expect(throws: UpgradeRefusal.tooManyOfAddress) { try admission.admit("a") }
        try admission.admit("b")
        #expect(throws: UpgradeRefusal.full) { try admission.admit("c") }
        admission.release("a")
        try admission.admit("a")
        #expect(admission.openSockets == 3)
        #expect(admission.unreadyReason == nil)
        admission.startDraining()
        #expect(throws: UpgradeRefusal.draining) { try admission.admit("d") }
        #expect(admission.unreadyReason != nil)
    }
}
