import Actors
import ChatModel
import NIOCore
import NIOHTTP1
import TestSupport
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
            origins: OriginCheck(allowed: allowed),
            clientAddress: ClientAddress(trustedProxies: trusted.compactMap(AddressBlock.init))
        )
        let peer = IPAddress(peer)
        return Result { () throws(UpgradeRefusal) in try gate.handshake(head, peer: peer) }
    }

    @Test func clientsWithASubprotocolSpeakV1AndOthersArePlain() throws {
        let v1 = Self.head("/ws?room=ignored%20here", with: [("Sec-WebSocket-Protocol", "soap, webchat.v1")])
        try #expect(
            answer(v1).get()
                == .init(key: Self.key, mode: .v1, room: .lobby, client: .init(address: IPAddress("192.0.2.7"))))
        try #expect(answer(Self.head()).get().mode == .plain)
        try #expect(answer(Self.head("/ws?a=b&room=den")).get().room == RoomName("den"))
    }

    @Test func invalidHandshakesAreRejectedWithTheReason() throws {
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

    @Test(arguments: [
        ("http://chat.example:8080", "chat.example:8080", true),
        ("https://CHAT.example", "chat.example", true), ("https://chat.example", "chat.example:443", true),
        ("http://chat.example:80", "chat.example", true), ("http://[::1]:8080", "[::1]:8080", true),
        ("http://chat.example", "chat.example:8080", false), ("http://evil.example", "chat.example", false),
        ("https://chat.example.evil.example", "chat.example", false), ("null", "chat.example", false),
        ("", "chat.example", false), ("chat.example", "chat.example", false),
    ])
    func withoutAListTheOriginMustBeTheHost(origin: String, host: String, allowed: Bool) throws {
        let result = try answer(Self.head(with: [("Origin", origin), ("Host", host)]))
        #expect((result == .failure(.foreignOrigin)) == !allowed)
    }

    @Test(arguments: [
        ("https://chat.example", ["Host": "web:8080", "X-Forwarded-Host": "chat.example"], true),
        ("https://chat.example", ["Host": "web:8080", "X-Forwarded-Host": "Chat.Example:443"], true),
        ("https://chat.example:8443", ["Host": "web", "X-Forwarded-Host": "chat.example:8443"], true),
        ("https://chat.example:8443", ["Host": "chat.example", "X-Forwarded-Port": "8443"], true),
        ("https://[2001:db8::1]:8443", ["Host": "web", "X-Forwarded-Host": "[2001:db8::1]:8443"], true),
        ("https://chat.example", ["Host": "web", "X-Forwarded-Host": "chat.example, inner.example"], true),
        ("https://chat.example", ["Host": "chat.example", "X-Forwarded-Proto": "https"], true),
        // Behind a balancer that ends TLS, the proxy next to us sees HTTP.
        ("https://chat.example", ["Host": "chat.example", "X-Forwarded-Proto": "http"], true),
        ("http://chat.example", ["Host": "chat.example", "X-Forwarded-Proto": "https"], false),
        ("https://evil.example", ["Host": "web", "X-Forwarded-Host": "chat.example"], false),
        ("https://chat.example:8443", ["Host": "chat.example"], false),
        ("https://chat.example:8443", ["Host": "chat.example", "X-Forwarded-Port": "nonsense"], false),
        ("https://chat.example", ["Host": "web", "X-Forwarded-Host": ""], false),
        ("https://chat.example", ["Host": "web", "X-Forwarded-Host": "]["], false),
    ])
    func forwardedHostPortAndSchemeCountOnlyFromTrustedProxies(origin: String, headers: [String: String], allowed: Bool)
        throws
    {
        let head = Self.head(with: headers.map { ($0, $1) } + [("Origin", origin)])
        let trusted = try answer(head, trusted: ["192.0.2.0/24"])
        #expect((trusted == .failure(.foreignOrigin)) == !allowed)
        if allowed, headers["Host"] != "chat.example" || headers["X-Forwarded-Port"] != nil {
            try #expect(answer(head) == .failure(.foreignOrigin))
        }
    }

    @Test func listedOriginsMatchExactlyAndReplaceTheHost() throws {
        let allowed: Set = ["https://app.example"]
        try #expect(answer(Self.head(with: [("Origin", "https://app.example")]), allowed: allowed).get().mode == .plain)
        for foreign in ["http://app.example", "https://app.example:443", "http://chat.example:8080", "null"] {
            try #expect(answer(Self.head(with: [("Origin", foreign)]), allowed: allowed) == .failure(.foreignOrigin))
        }
        #expect(throws: Never.self) { try answer(Self.head(), allowed: allowed).get() }
    }

    @Test(arguments: [
        ("192.0.2.7", "9.9.9.9", "192.0.2.7"), ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "9.9.9.9", "9.9.9.9"), ("10.0.0.1", "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        ("10.0.0.1", "9.9.9.9, 10.0.0.2", "9.9.9.9"), ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "9.9.9.9, nonsense", "10.0.0.1"), ("10.0.0.1", "2001:DB8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "9.9.9.9", "9.9.9.9"),
    ])
    func theClientsAddressIsTheRightmostUntrustedHop(peer: String, forwarded: String, expected: String) throws {
        let head = Self.head(with: [("X-Forwarded-For", forwarded)])
        try #expect(answer(head, trusted: ["10.0.0.0/8"], peer: peer).get().client.description == expected)
    }

    /// An address as proxies write it: with a port or not, in brackets, quotes, any case, with spaces around it.
    private static func written(_ address: String, by random: inout SeededGenerator) -> String {
        var text = Bool.random(using: &random) ? address : address.uppercased()
        let isIPv6 = address.contains(":")
        if isIPv6, Int.random(in: 0..<4, using: &random) == 0 { text += "%eth0" }
        let port = Bool.random(using: &random) ? ":\(UInt16.random(in: 0...UInt16.max, using: &random))" : ""
        if isIPv6, !port.isEmpty || Bool.random(using: &random) { text = "[\(text)]" }
        text += port
        if Bool.random(using: &random) { text = "\"\(text)\"" }
        return Bool.random(using: &random) ? " \t\(text) " : text
    }

    @Test(arguments: UInt64(0)..<20)
    func forwardedAddressesAreReadInEveryForm(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let addresses = ["203.0.113.7", "2001:db8::1", "2001:db8:1:2:3:4:5:6", "::1", "192.168.255.255"]
        for _ in 0..<50 {
            var head = Self.head()
            let client = addresses.randomElement(using: &random) ?? ""
            let hops = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                "10.0.0.\(UInt8.random(in: 0...255, using: &random))"
            }
            // Left of the client stands what the client says; lines and commas mean the same.
            var lines = ["6.6.6.6, nonsense"]
            for hop in [client] + hops {
                let text = Self.written(hop, by: &random)
                if Bool.random(using: &random) { lines[lines.count - 1] += ",\(text)" } else { lines.append(text) }
            }
            for line in lines { head.headers.add(name: "X-Forwarded-For", value: line) }
            let found = try answer(head, trusted: ["10.0.0.0/8"], peer: "10.9.9.9").get().client
            #expect(found == .init(address: IPAddress(client)), "\(lines)")
        }
    }

    @Test(arguments: [
        "unknown", "_hidden", "1.2.3", "1.2.3.4:", "1.2.3.4:http", "1.2.3.4:99999", "[::1", "[::1]x", "[::1]:",
        "::1]", "[]", "[]:1", "\"", "\"\"", ":", "%", "1.2.3.4.5:80", "host.example:80",
    ])
    func anUnreadableHopIsReportedAndCountsAsTheProxy(text: String) throws {
        let head = Self.head(with: [("X-Forwarded-For", "9.9.9.9, \(text)")])
        let found = try answer(head, trusted: ["10.0.0.0/8"], peer: "10.0.0.1").get().client
        #expect(found == .init(address: IPAddress("10.0.0.1"), unreadable: text))
        // Who is no trusted proxy is not even listened to.
        try #expect(answer(head).get().client == .init(address: IPAddress("192.0.2.7")))
    }

    @Test func anIPv6NetworkCountsAsOneAddressAndSoDoAllFormsOfAnIPv4Address() throws {
        func counted(_ text: String) throws -> String {
            let head = Self.head(with: [("X-Forwarded-For", text)])
            return try answer(head, trusted: ["10.0.0.0/8"], peer: "10.0.0.1").get().client.counted
        }
        try #expect(counted("2001:db8:1:2::1") == counted("[2001:db8:1:2:ffff:ffff:ffff:ffff]:443"))
        try #expect(counted("2001:db8:1:2::1") != counted("2001:db8:1:3::1"))
        try #expect(counted("::ffff:192.0.2.1") == "192.0.2.1")
        try #expect(counted("192.0.2.1") != counted("192.0.2.2"))
    }

    @Test func socketsAreCountedInTotalAndByAddress() throws {
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
