/// What happens to a room: an entry of its log like the messages (`docs/protocol.md`, section 13).
package enum RoomChange: Hashable, Sendable {
    /// The entry's text is the user's name.
    case role(RoomRole, of: UserID, RoleEnd)
    /// The entry's text is the value.
    case policy(RoomSetting)
}

package enum RoomRole: String, Sendable, CaseIterable {
    case owner, moderator, member, banned, none

    /// Whether it opens a private room.
    package var isMember: Bool { self == .member || isModerator }
    /// Whether it is for what others may not do: remove and ban users, delete messages, change the policy.
    package var isModerator: Bool { self == .owner || self == .moderator }
}

package enum RoleEnd: Hashable, Sendable {
    case never
    /// In a draft: seconds from when the log takes it.
    case after(seconds: Int)
    /// In the log: milliseconds since 1970, by the log's clock.
    case at(Int64)

    package static let mostSeconds = 10 * 365 * 86_400
}

package enum RoomSetting: String, Sendable, CaseIterable {
    case speak, slow, title, topic

    /// The most seconds between two messages of a user.
    package static let mostSeconds = 21_600

    /// The value as it is kept, or `nil` if it is none of this setting. Texts are cleaned before.
    package func value(_ text: String) -> String? {
        switch self {
        case .speak: Speakers(rawValue: text)?.rawValue
        case .slow: Int(text).flatMap { (0...Self.mostSeconds).contains($0) ? String($0) : nil }
        case .title: text.unicodeScalars.count <= 80 ? text : nil
        case .topic: text.unicodeScalars.count <= 250 ? text : nil
        }
    }
}

/// Who may send messages.
package enum Speakers: String, Sendable {
    case everyone, members, moderators

    package func include(_ role: RoomRole) -> Bool {
        switch self {
        case .everyone: role != .banned
        case .members: role.isMember
        case .moderators: role.isModerator
        }
    }
}

/// By which right a user changes a room.
package enum Authority: Hashable, Sendable {
    /// That of their role.
    case own
    /// An operator of the whole chat: in open rooms, and with `webchat room` in any.
    case `operator`
    /// The room is new, or this node made its name from the ids of both users.
    case maker
    /// An invitation that this node has opened. It counts while its maker may invite.
    case invitation(OpenedInvitation)
}

package struct OpenedInvitation: Hashable, Sendable {
    package let id: String
    /// How many users it admits.
    package let uses: Int
    /// Milliseconds since 1970.
    package let endsAt: Int64
    package let inviter: UserID

    package init(id: String, uses: Int, endsAt: Int64, inviter: UserID) {
        self.id = id
        self.uses = uses
        self.endsAt = endsAt
        self.inviter = inviter
    }
}
