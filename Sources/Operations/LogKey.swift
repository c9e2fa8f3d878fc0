/// Keys of structured log metadata, spelled once, so that a search finds every line of a node, room or socket.
package enum LogKey {
    package static let nodeID = "node.id"
    package static let roomName = "room.name"
    package static let connectionID = "connection.id"
    package static let remoteAddress = "remote.address"
    /// Where a page comes from, as the browser and the proxies report it.
    package static let origin = "origin"
    package static let host = "host"
    package static let forwardedHost = "forwarded.host"
    package static let forwardedProto = "forwarded.proto"
    package static let error = "error"
    /// The broken rule of `InvariantBroken`.
    package static let invariant = "invariant"
    package static let reason = "reason"
    package static let endpoint = "endpoint"
    /// Another node's name, and its state.
    package static let peer = "peer.id"
    package static let state = "state"
    package static let purpose = "purpose"
    package static let sockets = "sockets"
    package static let unanswered = "unanswered"
    package static let seconds = "seconds"
    /// Of repeated failures: how long they lasted, how many attempts, within what time.
    package static let lasted = "lasted"
    package static let attempts = "attempts"
    package static let within = "within"
    /// Connections that were lost and replaced at once; connections that are down.
    package static let losses = "losses"
    package static let missing = "missing"
    package static let keys = "keys"
    /// Of the log that all rooms are in (`FileIndex`).
    package static let logID = "log.id"
}
