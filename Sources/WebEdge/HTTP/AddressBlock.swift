import Foundation
package import NIOCore

/// A block of IP addresses in CIDR notation, `10.0.0.0/8` or `fd00::/8`; an address alone is a block of one.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private let network: IPAddress
    private let prefix: Int

    /// `nil` when it is no such block. Bits behind the prefix are ignored, as in `ip route`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress(String($0)) }) else { return nil }
        let bits = address.bytes.count * 8
        guard parts.count == 2 else {
            self.network = address
            self.prefix = bits
            return
        }
        guard parts[1].allSatisfy(\.isNumber), let prefix = Int(parts[1]), (0...bits).contains(prefix) else {
            return nil
        }
        self.network = address.masked(to: prefix)
        self.prefix = prefix
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == network.bytes.count && address.masked(to: prefix) == network
    }

    package var description: String { "\(network)/\(prefix)" }
}

/// An IPv4 or IPv6 address without port or zone. An IPv4 address mapped into IPv6 (`::ffff:1.2.3.4`), as a dual-stack
/// socket reports it, is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16, in network order.
    fileprivate let bytes: [UInt8]

    package init?(_ text: String) {
        if let bytes = Self.parse(text, family: AF_INET, count: 4) {
            self.bytes = bytes
        } else if let bytes = Self.parse(text, family: AF_INET6, count: 16) {
            let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
            self.bytes = bytes.starts(with: mapped) ? Array(bytes[12...]) : bytes
        } else {
            return nil
        }
    }

    package init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    private static func parse(_ text: String, family: Int32, count: Int) -> [UInt8]? {
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
