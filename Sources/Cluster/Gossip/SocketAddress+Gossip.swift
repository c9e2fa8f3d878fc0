package import Gossip
internal import NIOCore

extension GossipAddress {
    /// `nil` for what is not an internet address. The addresses lie at the same place in `sockaddr_in` and
    /// `sockaddr_in6` of every system; their fields belong to a module that is not ours to import.
    init?(_ address: SocketAddress) {
        guard let port = address.port.flatMap(UInt16.init(exactly:)) else { return nil }
        switch address {
        case .v4(let v4): self.init(withUnsafeBytes(of: v4.address) { Array($0[4..<8]) }, port: port)
        case .v6(let v6): self.init(withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }, port: port)
        case .unixDomainSocket: return nil
        }
    }

    var socketAddress: SocketAddress? {
        try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: Int(port))
    }

    /// As it stands on contact cards: `10.0.0.1:7000`, `[::1]:7000`.
    package var text: String {
        let host = socketAddress?.ipAddress ?? ""
        return (bytes.count == 16 ? "[\(host)]" : host) + ":\(port)"
    }

    init?(text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = try? SocketAddress(ipAddress: String(host), port: Int(port)) else { return nil }
        self.init(address)
    }
}
