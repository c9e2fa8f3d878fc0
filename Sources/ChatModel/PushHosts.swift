/// The push services that nodes send to. Browsers say where that is, so without a list a client could have a node send
/// requests anywhere: into the operator's network, too.
package struct PushHosts: Hashable, Sendable {
    /// Those of Chrome, Firefox, Safari and Edge.
    package static let usual = [
        "fcm.googleapis.com", "updates.push.services.mozilla.com", "*.push.apple.com", "*.notify.windows.com",
    ]

    private let hosts: Set<String>
    private let domains: [String]
    private let origins: Set<String>

    /// - `entries`: hosts, `*.domain`, or origins: then with this scheme and port. `nil`: one of them is none.
    package init?(_ entries: [String]) {
        var (hosts, domains, origins): (Set<String>, [String], Set<String>) = ([], [], [])
        for entry in entries {
            if let origin = Self.origin(of: entry), origin == entry {
                origins.insert(entry)
            } else if entry.hasPrefix("*."), Self.isHost(entry.dropFirst(2)) {
                domains.append(String(entry.dropFirst(1)))
            } else if Self.isHost(entry[...]) {
                hosts.insert(entry)
            } else {
                return nil
            }
        }
        self.hosts = hosts
        self.domains = domains
        self.origins = origins
    }

    /// Whether a browser's address for push messages is one of these services'.
    package func accepts(_ endpoint: String) -> Bool {
        guard endpoint.utf8.count <= PushDevice.longestEndpoint, let origin = Self.origin(of: endpoint) else {
            return false
        }
        if origins.contains(origin) { return true }
        guard origin.hasPrefix("https://") else { return false }
        let host = String(origin.dropFirst("https://".count))
        return hosts.contains(host) || domains.contains { host.hasSuffix($0) && host.utf8.count > $0.utf8.count }
    }

    /// Scheme, host and port, if that is all clear: what any two parsers read alike. `nil`: it is not.
    package static func origin(of endpoint: String) -> String? {
        guard
            endpoint.utf8.allSatisfy({
                (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#")
            })
        else { return nil }
        for scheme in ["https://", "http://"] where endpoint.hasPrefix(scheme) {
            let authority = endpoint.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), isHost(parts[0]) else { return nil }
            if parts.count == 2 {
                guard let port = UInt16(parts[1]), port > 0, String(port) == parts[1],
                    port != (scheme == "https://" ? 443 : 80)
                else { return nil }
            }
            return scheme + authority
        }
        return nil
    }

    /// In lower case, as browsers write it.
    private static func isHost(_ text: Substring) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// What nodes tell clients of push messages.
package struct PushOffer: Hashable, Sendable {
    /// The server's public key, in base64url.
    package let key: String
    package let hosts: PushHosts

    package init(key: String, hosts: PushHosts) {
        self.key = key
        self.hosts = hosts
    }
}
