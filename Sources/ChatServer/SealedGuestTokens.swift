import ChatModel
import Sealing
import WebEdge

/// Guest tokens for the edge, sealed with the cluster secret.
struct SealedGuestTokens: GuestTokens {
    let sealer: GuestTokenSealer
    let invitations: InvitationSealer
    let links: DeviceLinkSealer
    let files: FileTicketSealer
    let addresses: AddressDigester
    let replacesUnknown: Bool

    func issue(to user: UserID) -> String {
        do {
            return try sealer.seal(GuestToken(user: user.description, issuedAt: now))
        } catch {
            // OpenSSL is out of memory. The client keeps its token, or is a new guest next time.
            return ""
        }
    }

    func open(_ token: String) -> UserID? {
        sealer.open(token, now: now).map { UserID($0.user) }
    }

    func digest(of address: String, in room: RoomName) -> AddressDigest? {
        (try? addresses.digest(of: address, in: room.description)).map { AddressDigest($0) }
    }

    private var now: Int64 { WallClock.milliseconds() / 1_000 }
}

extension SealedGuestTokens {
    /// Uses the cluster secret, or on a standalone node a secret kept in its state directory, or a random one that is
    /// lost on exit. In that last case an unreadable token is outdated, not forged, and is replaced.
    init(_ configuration: NodeConfiguration) throws(SealingError) {
        let previous = configuration.previousSecret
        let secret: [UInt8]
        var isPassing = false
        if let given = configuration.secret {
            secret = given
        } else if let directory = configuration.stateDirectory {
            secret = try NodeSecret.kept(in: directory).bytes
        } else {
            secret = NodeSecret.random().bytes
            isPassing = true
        }
        self.init(
            sealer: try GuestTokenSealer(secret: secret, previous: previous),
            invitations: try InvitationSealer(secret: secret, previous: previous),
            links: try DeviceLinkSealer(secret: secret, previous: previous),
            files: try FileTicketSealer(secret: secret, previous: previous),
            addresses: try AddressDigester(secret: secret), replacesUnknown: isPassing)
    }
}
