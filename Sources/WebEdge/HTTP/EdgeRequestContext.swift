import ChatModel
import Hummingbird
import NIOCore

/// What a route knows about a request besides the request itself: its connection and its peer.
struct EdgeRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The peer of the connection, possibly a proxy.
    let peer: IPAddress?
    /// Who asks, if they have shown a token; their role in private rooms counts.
    var user: UserID?
    /// How long their token is good for; `nil`: it has no end, or there is none.
    var userFor: Duration?

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
        peer = source.channel.remoteAddress.flatMap(IPAddress.init)
    }
}
