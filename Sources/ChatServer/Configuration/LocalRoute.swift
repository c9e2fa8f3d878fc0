import NIOCore
import NIOPosix

/// Finds the local address that the system uses to reach another host.
enum LocalRoute {
    /// Connects a UDP socket, which sends nothing, and reads its local address. `nil`: no route, or unknown host.
    static func address(towards host: String, port: Int) -> SocketAddress? {
        guard let target = try? SocketAddress.makeAddressResolvingHost(host, port: port),
            let channel = try? DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: target)
                .wait()
        else { return nil }
        defer { channel.close(promise: nil) }
        return channel.localAddress
    }
}
