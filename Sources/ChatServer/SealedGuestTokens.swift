import ChatModel
import Sealing
import WebEdge

/// The edge's guest tokens, sealed with the cluster's secret.
struct SealedGuestTokens: GuestTokens {
    let sealer: GuestTokenSealer
    let replacesUnknown: Bool

    func issue(to user: UserID) -> String {
        do {
            return try sealer.seal(GuestToken(user: user.description, issuedAt: now))
        } catch {
            // OpenSSL has no memory left. The client keeps the token it has, or is a new guest next time.
            return ""
        }
    }

    func open(_ token: String) -> UserID? {
        sealer.open(token, now: now).map { UserID($0.user) }
    }

    private var now: Int64 { WallClock.milliseconds() / 1_000 }
}

extension SealedGuestTokens {
    /// With the cluster's secret; or, on a node of its own, with one that it keeps in its state directory; or with one
    /// that is gone after the process: then a token that cannot be opened is no forgery, only old.
    init(_ configuration: NodeConfiguration) throws(SealingError) {
        let previous = configuration.previousSecret
        if let secret = configuration.secret {
            self.init(sealer: try GuestTokenSealer(secret: secret, previous: previous), replacesUnknown: false)
        } else if let directory = configuration.stateDirectory {
            let kept = try NodeSecret.kept(in: directory)
            self.init(sealer: try GuestTokenSealer(secret: kept.bytes, previous: previous), replacesUnknown: false)
        } else {
            let passing = NodeSecret.random()
            self.init(sealer: try GuestTokenSealer(secret: passing.bytes, previous: previous), replacesUnknown: true)
        }
    }
}
