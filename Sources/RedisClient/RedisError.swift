/// What can go wrong between this node and Redis. Never holds a password: messages are made for logs.
package struct RedisError: Error, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// There is no connection at the moment: the command was not sent.
        case notConnected
        /// The connection went while the command was under way: the outcome is unknown.
        case connectionLost
        /// No connection could be made and set up in time.
        case connectFailed
        /// No answer before the deadline: the outcome is unknown.
        case timedOut
        /// Too much is waiting for answers already: the command was not sent.
        case overloaded
        /// Redis answered with an error that begins with this word, as in `WRONGTYPE` or `OOM`.
        case server(prefix: String)
        /// What came is no answer that Redis may give: the connection is closed.
        case protocolViolation
        /// An answer of another kind than the command has: the key holds something else than we put there.
        case unexpectedReply
        /// This node has closed the connection.
        case stopped
        /// The URL of the server cannot be used.
        case badURL
        /// The server is too old.
        case unsupported
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
    /// There is no connection, or it went: whoever keeps it knows, and tells of it.
    package var isOfTheConnection: Bool { code == .notConnected || code == .connectionLost }

    /// Answers after which only a new connection helps. NOSCRIPT: the scripts are gone, and may be loaded again by another
    /// node in the middle of our pipeline; order survives by connecting anew. READONLY: the server is no primary any more;
    /// the next connection may find the one that is.
    var endsConnection: Bool {
        code == .server(prefix: "NOSCRIPT") || code == .server(prefix: "READONLY")
    }

    /// Redis lives and can be read, but takes nothing in: its memory is full, its disk fails, or its replicas are away.
    package var refusesWrites: Bool {
        guard case .server(let prefix) = code else { return false }
        return ["OOM", "MISCONF", "NOREPLICAS"].contains(prefix)
    }
}
