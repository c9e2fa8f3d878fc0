import ChatModel
import Identity
import Logging
import NIOCore
import Operations
import WebEdge

/// Tokens of users who sign in elsewhere, for the edge.
struct VerifiedTokens: UserTokens {
    let verifier: TokenVerifier
    let logger: Logger

    func check(_ token: String, on eventLoop: any EventLoop) -> EventLoopFuture<TokenHolder> {
        let promise = eventLoop.makePromise(of: TokenHolder.self)
        promise.completeWithTask {
            do throws(TokenError) {
                let user = try await verifier.verify(token, now: WallClock.milliseconds() / 1_000)
                return TokenHolder(id: user.id, name: user.name, isOperator: user.isOperator, expiresAt: user.expiresAt)
            } catch {
                logger.debug("token not accepted", metadata: [LogKey.error: "\(error)"])
                throw error.isTransient ? TokenRefusal.unavailable : .refused
            }
        }
        return promise.futureResult
    }
}

/// Without keys nobody can sign in; guests still can use the chat.
struct GuestsOnly: ReadinessCheck {
    let keys: any ReadinessCheck

    var unreadyReason: String? { nil }
    var degradedReason: String? { keys.unreadyReason ?? keys.degradedReason }
}

/// The settings of signing in, before they are checked together.
struct SignInSettings: Sendable {
    /// `nil`: all are guests.
    var mode: AccessMode?
    var keysURL: String?
    var keysFile: String?
    var secretFile: String?
    var issuer: String?
    var audience: String?
    var algorithms: Set<TokenAlgorithm>?
    var nameClaim: String?
    var rolesClaim: String?
    var userHeader: String?
    var nameHeader: String?
    var page: String?
}
