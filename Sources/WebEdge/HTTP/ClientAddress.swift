import NIOHTTP1

/// Determines a client's address behind proxies. Proxy headers count only if the peer is a trusted proxy: anyone else
/// could forge them.
package struct ClientAddress: Sendable {
    /// A client's address, or why there is none.
    package struct Found: Hashable, Sendable, CustomStringConvertible {
        /// `nil`: the connection has no address, as on a Unix socket.
        let address: IPAddress?
        /// A value from a trusted proxy that is not an address. Everything to its left is ignored.
        let unreadable: String?
        /// The key for limits.
        let counted: String
        /// The key for bans; `nil`: others may have the same address, so it is never banned.
        let bannable: String?

        /// - isProxy: the address is a trusted proxy's own.
        package init(address: IPAddress?, unreadable: String? = nil, isProxy: Bool = false) {
            self.address = address
            self.unreadable = unreadable
            counted = address?.counted.description ?? "unknown"
            bannable = isProxy || address?.isLocal != false ? nil : counted
        }

        /// For logs.
        package var description: String { address?.description ?? "unknown" }
    }

    let trustedProxies: [AddressBlock]

    /// Each proxy appends the address of its peer. Reading from the right, the first address that is not a trusted
    /// proxy is the client; everything to its left may be forged.
    func find(peer: IPAddress?, headers: HTTPHeaders) -> Found {
        guard var client = peer, trusts(client) else { return Found(address: peer) }
        for hop in headers[canonicalForm: "X-Forwarded-For"].reversed() {
            guard trusts(client) else { break }
            guard let next = Self.address(ofHop: hop) else {
                return Found(address: client, unreadable: String(hop.prefix(64)), isProxy: true)
            }
            client = next
        }
        return Found(address: client, isProxy: trusts(client))
    }

    func trusts(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }

    /// Parses one hop. Some proxies add a port, quotes or a zone, as RFC 7239 (section 6) allows for `Forwarded`.
    static func address(ofHop hop: Substring) -> IPAddress? {
        var text = hop.trimmed { $0.isWhitespace }
        if text.count > 1, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            text = text[text.index(after: text.startIndex)..<end]
        } else if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon {
            guard isPort(text[colon...]) else { return nil }
            text = text[..<colon]
        }
        return IPAddress(String(text.prefix { $0 != "%" }))
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && UInt16(text.dropFirst()) != nil && text.dropFirst().allSatisfy(\.isNumber)
    }
}

extension Substring {
    func trimmed(_ isSpace: (Character) -> Bool) -> Substring {
        let start = drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return start.prefix(0) }
        return start[...last]
    }
}
