internal import Operations

/// A node's WebSocket URL: `ws://host[:port][/path][?query]` or `wss://…`. The default path is `/ws`.
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

    /// `nil` if it is not such a URL.
    package init?(_ text: String) {
        let secure = text.hasPrefix("wss://")
        guard secure || text.hasPrefix("ws://") else { return nil }
        let rest = text.dropFirst(secure ? 6 : 5)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        var target = String(rest[end...])
        if !target.hasPrefix("/") { target = "/ws" + target }

        let printable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard printable, let place = try? HostPort(authority, defaultPort: secure ? 443 : 80, inURL: true) else {
            return nil
        }
        self.init(secure: secure, host: place.host, port: place.port, target: target)
    }

    /// A node's URL as operators write it: `http://host:port`, with a proxy's path prefix if any, or `https://…`; or
    /// the WebSocket URL itself, `ws://…` or `wss://…`.
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
    package var authority: String { HostPort(host: host, port: port).authority(defaultPort: secure ? 443 : 80) }

    package var description: String {
        let standard = port == (secure ? 443 : 80)
        let place = HostPort(host: host, port: port).inURL
        return "\(secure ? "wss" : "ws")://\(standard ? String(place.dropLast(":\(port)".count)) : place)\(target)"
    }
}
