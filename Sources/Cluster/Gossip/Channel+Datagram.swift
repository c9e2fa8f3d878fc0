internal import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Channel {
    /// Sends a datagram at once or drops it, past the channel's pipeline. Call on the event loop of a datagram channel.
    ///
    /// `write` is unsuitable: NIO closes the channel on nearly every send error (EPERM from a firewall, no route, wrong
    /// address family), so that one unreachable peer would cut off all others.
    /// - Returns: whether the system accepted it.
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
