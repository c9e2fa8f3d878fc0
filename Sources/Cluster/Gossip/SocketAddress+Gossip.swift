package import Gossip
internal import NIOCore
internal import Operations

extension GossipAddress {
    /// `nil` if it is not an IP address. The address bytes have the same offset in `sockaddr_in` and `sockaddr_in6` on
    /// every system; reading the fields would need an import of another module.
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

    /// As on node cards: `10.0.0.1:7000`, `[::1]:7000`.
    package var text: String {
        HostPort(host: socketAddress?.ipAddress ?? "", port: Int(port)).description
    }

    init?(text: String) {
        guard let place = try? HostPort(text),
            let address = try? SocketAddress(ipAddress: place.host, port: place.port)
        else { return nil }
        self.init(address)
    }
}
