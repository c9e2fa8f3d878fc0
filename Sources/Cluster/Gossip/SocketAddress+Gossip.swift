internal import Foundation
internal import Gossip
internal import NIOCore

extension GossipAddress {
    /// `nil` for what is not an internet address.
    init?(_ address: SocketAddress) {
        guard let port = address.port.flatMap(UInt16.init(exactly:)) else { return nil }
        switch address {
        case .v4(let v4):
            self.init(withUnsafeBytes(of: v4.address.sin_addr) { Array($0) }, port: port)
        case .v6(let v6):
            self.init(withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }, port: port)
        case .unixDomainSocket:
            return nil
        }
    }

    var socketAddress: SocketAddress? {
        try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: Int(port))
    }
}
