/// The keys of structured log metadata. One spelling each, so that a search finds every line of a node, room or socket.
package enum LogKey {
    package static let nodeID = "node.id"
    package static let roomName = "room.name"
    package static let connectionID = "connection.id"
    package static let remoteAddress = "remote.address"
    /// What a browser and the proxies before us say of where a page is from.
    package static let origin = "origin"
    package static let host = "host"
    package static let forwardedHost = "forwarded.host"
    package static let forwardedProto = "forwarded.proto"
    package static let error = "error"
    /// Which rule of `InvariantBroken`.
    package static let invariant = "invariant"
    package static let reason = "reason"
    package static let endpoint = "endpoint"
    /// Another node, by its name; and what it is taken for.
    package static let peer = "peer.id"
    package static let state = "state"
    package static let purpose = "purpose"
    package static let sockets = "sockets"
    package static let unanswered = "unanswered"
    package static let seconds = "seconds"
    /// Of something that fails again and again: how long it was so, how often it was tried, in which time.
    package static let lasted = "lasted"
    package static let attempts = "attempts"
    package static let within = "within"
    /// How many connections were lost, and made anew at once; which do not stand.
    package static let losses = "losses"
    package static let missing = "missing"
    package static let keys = "keys"
}
