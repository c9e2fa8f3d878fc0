/// A host and port as people and programs write them: `10.0.0.1:80`, `example.org:80`, `[::1]:80`. The only place that
/// adds and removes the brackets of an IPv6 address.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets. An IPv6 address may have a zone, as in `fe80::1%eth0`.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = Self.withoutBrackets(host)
        self.port = port
    }

    /// - Parameters:
    ///   - defaultPort: used if the text has no port; `nil`: a port is required.
    ///   - inURL: whether a zone's `%` is written `%25`, as in URLs (RFC 6874).
    package init(_ text: some StringProtocol, defaultPort: Int? = nil, inURL: Bool = false) throws(Fault) {
        var host = Substring(text)
        var port: Substring?
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { throw .openBracket }
            let after = host[host.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { throw .afterBracket }
            if !after.isEmpty { port = after.dropFirst() }
            host = host[host.index(after: host.startIndex)..<end]
            guard host.contains(":") else { throw .noAddress }
        } else if let colon = host.firstIndex(of: ":") {
            guard !host[host.index(after: colon)...].contains(":") else { throw .noBrackets }
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        let isLegal = host.unicodeScalars.allSatisfy {
            $0.value > 0x20 && $0.value != 0x7F && !"[]/@?#".unicodeScalars.contains($0)
        }
        guard !host.isEmpty, isLegal else { throw .noHost }
        var name = String(host)
        if inURL, let percent = name.firstIndex(of: "%"), name[percent...].hasPrefix("%25") {
            name.removeSubrange(name.index(after: percent)..<name.index(percent, offsetBy: 3))
        }
        self.host = name
        guard let port else {
            guard let defaultPort else { throw .noPort }
            self.port = defaultPort
            return
        }
        guard !port.isEmpty, port.utf8.count <= 5, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(port), (1...65_535).contains(number)
        else { throw .badPort }
        self.port = number
    }

    package var description: String { "\(Self.withBrackets(host)):\(port)" }

    /// As in a URL, with a zone's `%` escaped.
    package var inURL: String {
        let escaped = host.contains(":") ? host.split(separator: "%", maxSplits: 1).joined(separator: "%25") : host
        return "\(Self.withBrackets(escaped)):\(port)"
    }

    /// For the `Host` header, where zones have no meaning (RFC 6874, section 3). Omits the default port.
    package func authority(defaultPort: Int) -> String {
        let name = host.contains(":") ? String(host.prefix { $0 != "%" }) : host
        return port == defaultPort ? Self.withBrackets(name) : HostPort(host: name, port: port).description
    }

    package static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    private static func withBrackets(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// What is wrong, to follow a noun: "REDIS_URL …".
    package enum Fault: String, Error, Sendable, CustomStringConvertible {
        case noBrackets = "must have [ ] around an IPv6 address"
        case openBracket = "has a [ without ]"
        case afterBracket = "has unexpected text between ] and the port"
        case noAddress = "must have an IPv6 address inside [ ]"
        case noHost = "must name a host"
        case noPort = "must have a port"
        case badPort = "must have a port from 1 to 65535"

        package var description: String { rawValue }
    }
}
