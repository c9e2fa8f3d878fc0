/// A failure between this node and Redis. Never contains a password: messages are logged.
package struct RedisError: Error, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Not connected: the command was not sent.
        case notConnected
        /// The connection was lost before the reply: the outcome is unknown.
        case connectionLost
        /// No connection could be opened and set up in time.
        case connectFailed
        /// No reply before the deadline: the outcome is unknown.
        case timedOut
        /// Too many pending commands: the command was not sent.
        case overloaded
        /// Redis replied with an error that begins with this word, such as `WRONGTYPE` or `OOM`.
        case server(prefix: String)
        /// An invalid reply: the connection is closed.
        case protocolViolation
        /// A reply of the wrong type: the key holds something we did not write.
        case unexpectedReply
        /// This node closed the connection.
        case stopped
        /// The server's URL is invalid.
        case badURL
        /// The server is too old.
        case unsupported
        /// The server is of another kind than REDIS_URL says: a Sentinel, a node of a cluster.
        case wrongKind
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String {
        cause.map { "\(message) (\($0))" } ?? message
    }
}

extension RedisError {
    /// Not connected, or the connection was lost: its owner already logs that.
    package var isOfTheConnection: Bool { code == .notConnected || code == .connectionLost }

    /// The key is on another server of the cluster, or on its way there, or the cluster is failing over.
    var isRedirection: Bool {
        guard case .server(let prefix) = code else { return false }
        return ["MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"].contains(prefix)
    }

    /// Errors that only a new connection fixes. NOSCRIPT: the scripts are gone, and another node may reload them in the
    /// middle of our pipeline; reconnecting preserves the order. READONLY: the server is no longer the primary; the
    /// next connection may find the one that is.
    var endsConnection: Bool {
        code == .server(prefix: "NOSCRIPT") || code == .server(prefix: "READONLY")
    }

    /// Redis can be read but refuses writes: its memory is full, its disk fails, or replicas are missing.
    package var refusesWrites: Bool {
        guard case .server(let prefix) = code else { return false }
        return ["OOM", "MISCONF", "NOREPLICAS"].contains(prefix)
    }
}
