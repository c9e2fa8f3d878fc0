internal import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Channel {
    /// Sends a datagram now or never. Only on the event loop of a datagram channel, which does not notice.
    ///
    /// Not by `write`: NIO closes the channel for nearly every reason for which a system does not send (a firewall's EPERM, no
    /// route, an address of the other family). One peer that is not to be reached would then cost all the others.
    /// - Returns: whether the system took it.
    func sendNow(_ datagram: [UInt8], to address: SocketAddress) -> Bool {
        let isSent = try? pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in
            datagram.withUnsafeBytes { bytes in
                address.withSockAddr { target, length in
                    sendto(socket, bytes.baseAddress, bytes.count, 0, target, socklen_t(length)) == bytes.count
                }
            }
        }
        return isSent ?? false
    }
}
