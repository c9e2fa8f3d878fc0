import Foundation
package import NIOCore

/// A block of IP addresses in CIDR notation, `10.0.0.0/8` or `fd00::/8`. A single address is a block of one.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private let network: IPAddress
    private let prefix: Int

    /// `nil` if the text is not a valid block. Bits after the prefix are ignored, as in `ip route`. IPv4-mapped IPv6
    /// blocks (`::ffff:10.0.0.0/104`) become IPv4 blocks.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress(String($0)) }) else { return nil }
        let bits = address.bytes.count * 8
        guard parts.count == 2 else {
            self.network = address
            self.prefix = bits
            return
        }
        let skipped = bits == 32 && parts[0].contains(":") ? 96 : 0
        guard parts[1].allSatisfy(\.isNumber), let written = Int(parts[1]),
            (skipped...skipped + bits).contains(written)
        else { return nil }
        let prefix = written - skipped
        self.network = address.masked(to: prefix)
        self.prefix = prefix
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == network.bytes.count && address.masked(to: prefix) == network
    }

    package var description: String { "\(network)/\(prefix)" }
}

/// An IPv4 or IPv6 address without port or zone. IPv4-mapped IPv6 addresses (`::ffff:1.2.3.4`), as dual-stack sockets
/// report them, become IPv4 addresses.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    fileprivate let bytes: [UInt8]

    package init?(_ text: String) {
        let bytes = Self.parse(text, family: AF_INET, count: 4) ?? Self.parse(text, family: AF_INET6, count: 16)
        guard let bytes else { return nil }
        self.init(packed: bytes)
    }

    package init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(packed: withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
        case .v6(let address): self.init(packed: withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
        case .unixDomainSocket: return nil
        }
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    private init(packed bytes: [UInt8]) {
        self.init(bytes: bytes.count == 16 && bytes.starts(with: Self.mapped) ? Array(bytes[12...]) : bytes)
    }

    /// The key for limits. A client with IPv6 usually has a whole /64 (RFC 6177), which counts as one address.
    package var counted: IPAddress { bytes.count == 16 ? masked(to: 64) : self }

    /// Whether the address names a client only within a network or machine, or a translator with many clients behind it.
    package var isLocal: Bool { Self.local.contains { $0.contains(self) } }

    /// RFC 6890, RFC 6598 (carrier-grade NAT), RFC 4193, RFC 6052 (NAT64).
    private static let local = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::/127", "fc00::/7", "fe80::/10", "64:ff9b::/96",
    ].compactMap { AddressBlock($0) }

    private static func parse(_ text: String, family: Int32, count: Int) -> [UInt8]? {
        // C stops reading at the first NUL.
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    fileprivate func masked(to prefix: Int) -> IPAddress {
        IPAddress(
            bytes: bytes.enumerated().map { index, byte in
                let kept = min(max(prefix - index * 8, 0), 8)
                return kept == 0 ? 0 : byte & (0xFF << (8 - kept))
            })
    }

    package var description: String {
        if let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0),
            let text = address.ipAddress
        {
            return text
        }
        preconditionFailure("an address of \(bytes.count) bytes")
    }
}
