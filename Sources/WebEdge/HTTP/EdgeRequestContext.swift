import Hummingbird
import NIOCore

/// What a route knows of a request beside the request itself: the connection it came on, and who sent it.
struct EdgeRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The peer of the connection, which may be a proxy.
    let remoteAddress: SocketAddress?

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress
    }
}
