import ChatModel
import RedisClient

extension RelayError {
    /// Maps a Redis error: the command may have been done, was not sent, or was not done.
    init(_ error: RedisError) {
        let code: Code =
            switch error.code {
            case .overloaded: .overloaded
            case .unexpectedReply: .refused
            case .server(let prefix):
                Self.moving.contains(prefix) ? .moving : Self.passing.contains(prefix) ? .unavailable : .refused
            case .notConnected, .connectionLost, .connectFailed, .timedOut, .protocolViolation, .stopped, .badURL,
                .unsupported, .wrongKind:
                .unavailable
            }
        self.init(code, error.message)
    }

    /// Errors of a server that will recover on its own.
    private static let passing: Set<String> = [
        "NOSCRIPT", "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS",
    ]

    /// Answers of a Redis Cluster whose slots are moving.
    private static let moving: Set<String> = ["MOVED", "ASK", "TRYAGAIN"]

    /// What `publish.lua` answers instead of a position, and `read.lua` instead of a page.
    init?(refusal: String) {
        let words = refusal.split(separator: " ")
        switch words.first ?? "" {
        case ErrorCode.notFound.rawValue: self = .notFound
        case ErrorCode.forbidden.rawValue: self = .forbidden
        case ErrorCode.tooManyReactions.rawValue: self = .tooManyReactions
        case "full": self = .logFull
        case "no_room": self = .noRoom
        case "banned": self = .banned(until: words.count == 2 ? Int64(words[1]) : nil)
        case "file_taken": self = .fileTaken
        case "no_right": self = .noRight
        case "silenced": self = .silenced
        case "last_owner": self = .lastOwner
        case "room_taken": self = .roomTaken
        case "already_in": self = .alreadyIn
        case "used_up": self = .usedUp
        case "crowded": self = .crowded
        case "rules_lost": self = .rulesLost
        default: return nil
        }
    }
}
