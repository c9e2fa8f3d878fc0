package import ChatModel
package import NIOCore

/// Who may use the chat besides users who have signed in.
package enum AccessMode: String, Sendable {
    case both, users
}

/// Checks the tokens of users who sign in elsewhere (`docs/protocol.md`, section 2). One per node, called on any event
/// loop; must not block.
package protocol UserTokens: Sendable {
    /// - Returns: on `eventLoop`; a token that is not good fails with `TokenRefusal`.
    func check(_ token: String, on eventLoop: any EventLoop) -> EventLoopFuture<TokenHolder>
}

/// A user who has signed in, as the token says.
package struct TokenHolder: Hashable, Sendable {
    package let id: UserID
    /// A valid one, as the issuer spells it; `nil`: the user chooses.
    package let name: String?
    package let isOperator: Bool
    /// In seconds since 1970; `nil`: the socket's proxy has let the user in, for as long as it stays open.
    package let expiresAt: Int64?

    package init(id: UserID, name: String?, isOperator: Bool = false, expiresAt: Int64?) {
        self.id = id
        self.name = name
        self.isOperator = isOperator
        self.expiresAt = expiresAt
    }

    /// Until the token ends, a year at most; 0: it has.
    var expiresIn: Int? {
        expiresAt.map { Int(min(max(0, $0 - WallClock.milliseconds() / 1_000), Self.longest)) }
    }

    /// In seconds.
    private static let longest: Int64 = 365 * 86_400
}

/// How users sign in to a node.
package struct Access: Sendable {
    package let mode: AccessMode
    /// Of users who have signed in; `nil`: none are accepted.
    package let tokens: (any UserTokens)?
    /// `nil`: no proxy names users.
    package let headers: UserHeaders?
    /// Where the page asks for one; `nil`: clients know how to get one.
    package let signIn: String?

    package init(mode: AccessMode, tokens: (any UserTokens)?, headers: UserHeaders? = nil, signIn: String?) {
        self.mode = mode
        self.tokens = tokens
        self.headers = headers
        self.signIn = signIn
    }

    /// A JSON Web Token has three parts; a guest's has none.
    static func isUserToken(_ token: String) -> Bool { token.utf8.count { $0 == UInt8(ascii: ".") } == 2 }
}

package enum TokenRefusal: Error {
    /// The token is not good.
    case refused
    /// It could not be checked: too many are being checked, or there are no keys.
    case unavailable
}
