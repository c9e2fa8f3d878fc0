/// What is wrong with a frame: the protocol's error codes (`docs/protocol.md`, section 4).
package enum ErrorCode: String, Sendable, CaseIterable {
    case badJSON = "bad_json"
    case unknownType = "unknown_type"
    case badRequest = "bad_request"
    case notJoined = "not_joined"
    case badRoom = "bad_room"
    case badName = "bad_name"
    case tooLong = "too_long"
    case tooManyRooms = "too_many_rooms"
    case rateLimited = "rate_limited"
    case unauthorized
    case unavailable
    case notFound = "not_found"
    case forbidden
    case tooManyReactions = "too_many_reactions"
}

/// An `error` frame: the socket stays open.
package struct FrameError: Error, Hashable, Sendable {
    package let code: ErrorCode
    /// For client developers: what to do.
    package let message: String
    package let room: String?
    package let key: String?
    package let retryAfterMs: Int?
    /// Where the page gets a token.
    package let signIn: String?
    /// When a ban ends, in milliseconds since 1970.
    package let until: Int64?

    package init(
        _ code: ErrorCode, _ message: String, room: String? = nil, key: String? = nil, retryAfterMs: Int? = nil,
        signIn: String? = nil, until: Int64? = nil
    ) {
        self.code = code
        self.message = message
        self.room = room
        self.key = key
        self.retryAfterMs = retryAfterMs
        self.signIn = signIn
        self.until = until
    }
}
