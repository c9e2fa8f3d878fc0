/// What a link to a private room says.
package struct Invitation: Hashable, Sendable {
    /// Identifies the link, whose uses are counted.
    package let id: String
    package let room: String
    package let title: String
    /// The id and the name of who invites.
    package let inviter: String
    package let inviterName: String
    /// How many users it admits.
    package let uses: Int
    /// Seconds since 1970.
    package let endsAt: Int64

    /// - `id`: `nil`: a new one.
    package init(
        id: String? = nil, room: String, title: String, inviter: String, inviterName: String, uses: Int, endsAt: Int64
    ) {
        self.id = id ?? Base32.text(RandomBytes.make(10), length: 16)
        self.room = room
        self.title = title
        self.inviter = inviter
        self.inviterName = inviterName
        self.uses = uses
        self.endsAt = endsAt
    }
}

/// Seals and opens invitations: the fields as lines of text, none of which has a line break.
package struct InvitationSealer: Sendable {
    private static let maximumLength = 2_048
    private let sealer: TokenSealer

    /// Same rules as `GuestTokenSealer.init`.
    package init(secret: [UInt8], previous: [UInt8]? = nil) throws(SealingError) {
        sealer = try TokenSealer("invitation", secret: secret, previous: previous, maximumLength: Self.maximumLength)
    }

    package func seal(_ invitation: Invitation) throws(SealingError) -> String {
        let lines = [
            invitation.id, invitation.room, invitation.inviter, "\(invitation.uses)", "\(invitation.endsAt)",
            invitation.inviterName, invitation.title,
        ]
        return try sealer.seal(Array(lines.joined(separator: "\n").utf8))
    }

    /// `nil` if it is forged or has ended.
    ///
    /// - `now`: seconds since 1970.
    package func open(_ text: String, now: Int64) -> Invitation? {
        guard let content = sealer.open(text), let lines = String(validating: content, as: UTF8.self) else {
            return nil
        }
        let parts = lines.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7, let uses = Int(parts[3]), let endsAt = Int64(parts[4]), endsAt > now else { return nil }
        return Invitation(
            id: parts[0], room: parts[1], title: parts[6], inviter: parts[2], inviterName: parts[5], uses: uses,
            endsAt: endsAt)
    }
}
