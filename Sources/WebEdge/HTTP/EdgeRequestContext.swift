import Hummingbird
import NIOCore

/// What a route knows about a request besides the request itself: its connection and its peer.
struct EdgeRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The peer of the connection, possibly a proxy.
    let remoteAddress: SocketAddress?

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress
    }
}
