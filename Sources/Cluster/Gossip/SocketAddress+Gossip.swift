internal import Gossip
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
}
