/// Where a node's WebSocket is: `ws://host[:port][/path][?query]` or `wss://…`. Without a path: `/ws`.
package struct WebSocketURL: Hashable, Sendable, CustomStringConvertible {
    package let secure: Bool
    /// Without the brackets of an IPv6 address.
    package let host: String
    package let port: Int
    /// Path and query.
    package let target: String

    package init(secure: Bool = false, host: String, port: Int, target: String = "/ws") {
        self.secure = secure
        self.host = host
        self.port = port
        self.target = target
    }

    /// `nil` when it is not such a URL.
    package init?(_ text: String) {
        let secure = text.hasPrefix("wss://")
        guard secure || text.hasPrefix("ws://") else { return nil }
        let rest = text.dropFirst(secure ? 6 : 5)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        var target = String(rest[end...])
        if !target.hasPrefix("/") { target = "/ws" + target }

        var host = authority
        var port = secure ? 443 : 80
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else { return nil }
            port = Int(number)
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let printable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard !host.isEmpty, printable, !host.contains("@") else { return nil }
        self.init(secure: secure, host: String(host), port: port, target: target)
    }

    /// Where a node is, as an operator writes it: `http://host:port`, with what a proxy puts before its paths, if
    /// anything; `https://…`; or the WebSocket itself, `ws://…` or `wss://…`.
    package init?(node text: String) {
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            self.init(text)
            return
        }
        let base = text.hasSuffix("/") ? text.dropLast() : text[...]
        guard !base.contains("?"), !base.contains("#"), !base.hasSuffix("/") else { return nil }
        self.init("ws" + base.dropFirst("http".count) + "/ws")
    }

    /// The value of the `Host` header.
    package var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (secure ? 443 : 80) ? host : "\(host):\(port)"
    }

    package var description: String { "\(secure ? "wss" : "ws")://\(authority)\(target)" }
}
