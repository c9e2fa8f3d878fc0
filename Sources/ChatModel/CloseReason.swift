/// Why a socket is closed: its close code (`docs/protocol.md`, section 4) and metric label.
package enum CloseReason: Hashable, Sendable {
    case normal
    case heartbeatTimeout
    case goingAway
    case protocolError
    case unacceptableData
    case invalidUTF8
    case tooBig
    case flood
    case unfinishedFragments
    case malformedThrice
    case crashed
    case drain
    case slowReader
    /// Does not reject the token: the client keeps it.
    case noHello
    /// Rejects the token: the client drops it.
    case badToken
    /// The token could not be checked: the client keeps it, and tries again.
    case uncheckedToken
    /// The client must sign in, or sign in again: it keeps a guest's token.
    case signIn
    /// The connection ended without a close frame. Never sent (RFC 6455 section 7.1.5).
    case lost

    package var code: UInt16 {
        switch self {
        case .normal: 1000
        case .heartbeatTimeout, .goingAway: 1001
        case .protocolError: 1002
        case .unacceptableData: 1003
        case .invalidUTF8: 1007
        case .flood, .unfinishedFragments, .malformedThrice: 1008
        case .lost: 1006
        case .tooBig: 1009
        case .crashed: 1011
        case .drain: 1012
        case .slowReader, .uncheckedToken: 1013
        case .badToken: 4401
        case .signIn: 4403
        case .noHello: 4408
        }
    }

    /// At most 123 bytes, the limit of a control frame.
    package var text: String {
        switch self {
        case .normal, .lost: ""
        case .heartbeatTimeout: "no answer to ping"
        case .goingAway: "server is going away"
        case .protocolError: "protocol error"
        case .unacceptableData: "text frames only"
        case .invalidUTF8: "invalid UTF-8"
        case .tooBig: "message too big"
        case .flood: "too many frames"
        case .unfinishedFragments: "unfinished message"
        case .malformedThrice: "malformed JSON three times in a row"
        case .crashed: "internal error"
        case .drain: "server is restarting, reconnect"
        case .slowReader: "reading too slowly, reconnect"
        case .noHello: "no hello in time"
        case .badToken: "unauthorized"
        case .uncheckedToken: "tokens cannot be checked now, reconnect"
        case .signIn: "sign in"
        }
    }

    /// Value of the label `reason` of `webchat_disconnections_total`.
    package enum Label: String, Sendable, CaseIterable {
        case normal
        case goingAway = "going_away"
        case timeout
        case error
        case serverShutdown = "server_shutdown"
        case protocolError = "protocol"
        case slowReader = "slow_reader"
        case flood
        case unauthorized
    }

    package var label: Label {
        switch self {
        case .normal: .normal
        case .heartbeatTimeout: .timeout
        case .goingAway: .goingAway
        case .protocolError, .unacceptableData, .invalidUTF8, .tooBig, .unfinishedFragments, .malformedThrice:
            .protocolError
        case .flood: .flood
        case .crashed, .lost, .uncheckedToken: .error
        case .drain: .serverShutdown
        case .slowReader: .slowReader
        case .noHello, .badToken, .signIn: .unauthorized
        }
    }
}
