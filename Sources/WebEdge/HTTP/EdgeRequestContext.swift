import Hummingbird
import NIOCore

/// What a route knows of a request beside the request itself: who sent it.
struct EdgeRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The peer of the connection, which may be a proxy.
    let remoteAddress: SocketAddress?

    init(source: Source) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
