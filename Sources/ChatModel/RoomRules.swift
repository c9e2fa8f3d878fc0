/// A room's roles and policy: the effect of all changes in its log. Kept by `publish.lua` in Redis and by
/// `EmbeddedBackend` in memory, under the same rules; each node's `Room` follows them. A pure value.
package struct RoomRules: Hashable, Sendable {
    package struct Grant: Hashable, Sendable {
        package let role: RoomRole
        /// Milliseconds since 1970; `nil`: never.
        package let until: Int64?
        /// Of the user, when the role was given.
        package let name: String

        package init(role: RoomRole, until: Int64?, name: String) {
            self.role = role
            self.until = until
            self.name = name
        }
    }

    /// Most roles of a room, together with its invitations.
    package static let mostGrants = 2_000

    /// How many changes there were; 0: the room has no rules.
    package private(set) var version: UInt64 = 0
    package private(set) var speakers = Speakers.everyone
    /// Least seconds between two messages of a user.
    package private(set) var slow = 0
    package private(set) var title = ""
    package private(set) var topic = ""
    package private(set) var grants: [UserID: Grant] = [:]
    /// By invitation, who has used it, and when it ends.
    private var invited: [String: Uses] = [:]

    private struct Uses: Hashable {
        let endsAt: Int64
        var users: Set<UserID>
    }

    package init() {}

    private var isEmpty: Bool { version == 0 }

    package init(
        version: UInt64, speakers: Speakers, slow: Int, title: String, topic: String, grants: [UserID: Grant]
    ) {
        self.version = version
        self.speakers = speakers
        self.slow = slow
        self.title = title
        self.topic = topic
        self.grants = grants
    }

    /// - `now`: milliseconds since 1970.
    package func role(of user: UserID, at now: Int64) -> RoomRole {
        guard let grant = grants[user], grant.until.map({ $0 > now }) ?? true else { return .none }
        return grant.role
    }

    /// Why a user may not be in the room; `nil`: they may.
    package func refusal(of user: UserID?, in kind: RoomKind, at now: Int64) -> RelayError? {
        let role = user.map { self.role(of: $0, at: now) } ?? RoomRole.none
        if kind != .open { return role.isMember ? nil : .noRoom }
        return role == .banned ? .banned(until: user.flatMap { grants[$0]?.until }) : nil
    }

    /// When the next role ends, in milliseconds since 1970.
    package func nextEnd(after now: Int64) -> Int64? {
        grants.values.lazy.compactMap(\.until).filter { $0 > now }.min()
    }

    /// Applies a change as it stands in the log.
    /// - `text`: of the entry.
    package mutating func apply(_ change: RoomChange, text: String) {
        // The number may come from Redis, so it must not trap.
        version &+= 1
        switch change {
        case .role(.none, let user, _): grants[user] = nil
        case .role(let role, let user, let end):
            var until: Int64?
            if case .at(let ms) = end { until = ms }
            grants[user] = Grant(role: role, until: until, name: text)
        case .policy(.speak): speakers = Speakers(rawValue: text) ?? speakers
        case .policy(.slow): slow = Int(text) ?? slow
        case .policy(.title): title = text
        case .policy(.topic): topic = text
        }
    }

    package mutating func use(_ authority: Authority, by user: UserID) {
        guard case .invitation(let invitation) = authority else { return }
        invited[invitation.id, default: Uses(endsAt: invitation.endsAt, users: [])].users.insert(user)
    }
}

// MARK: What the log takes: `judge` in `publish.lua` has the same rules.

extension RoomRules {
    /// Why a draft is refused; `nil`: it is accepted, as far as the room's rules go.
    /// - Parameters:
    ///   - isNew: the room has no log.
    ///   - spoke: when the user's last message was, in milliseconds since 1970.
    package func refusal(
        of draft: MessageDraft, in room: RoomName, isNew: Bool, spoke: Int64?, at now: Int64
    ) -> RelayError? {
        let own = role(of: draft.user, at: now)
        let kind = room.kind
        switch draft.act {
        case .room(let change): return refusal(of: change, by: draft, own, in: kind, isNew: isNew, at: now)
        case .delete: return refusal(of: draft.user, in: kind, at: now)
        default: break
        }
        if let refusal = refusal(of: draft.user, in: kind, at: now) { return refusal }
        if case .react = draft.act { return nil }
        guard speakers.include(own) else { return .silenced }
        guard draft.act == nil, slow > 0, !own.isModerator, let spoke else { return nil }
        let wait = spoke + Int64(slow) * 1_000 - now
        return wait > 0 ? .slowed(for: wait) : nil
    }

    private func refusal(
        of change: RoomChange, by draft: MessageDraft, _ own: RoomRole, in kind: RoomKind, isNew: Bool, at now: Int64
    ) -> RelayError? {
        let isOperator = draft.authority == .operator
        guard case .role(let role, let user, let end) = change else {
            if !isOperator, let refusal = refusal(of: draft.user, in: kind, at: now) { return refusal }
            return isOperator || kind != .direct && own.isModerator ? nil : .noRight
        }
        let theirs = self.role(of: user, at: now)
        var needsPlace = role != .none && grants[user] == nil
        switch draft.authority {
        case .maker:
            if kind == .direct {
                // By an operator: nobody else bans in a direct room.
                if theirs == .banned { return .noRoom }
                if role != .member { return .noRight }
            } else if !isNew || !isEmpty || role != .owner || user != draft.user {
                return .roomTaken
            }
        case .invitation(let invitation):
            guard kind == .private, role == .member, user == draft.user, theirs != .banned,
                self.role(of: invitation.inviter, at: now).isModerator
            else { return .noRight }
            if theirs != .none { return .alreadyIn }
            let users = invited[invitation.id]?.users ?? []
            guard users.count < invitation.uses, !users.contains(user) else { return .usedUp }
            needsPlace = needsPlace || users.isEmpty
        case .own:
            if kind != .open, !own.isMember { return .noRoom }
            let givesUp = user == draft.user && role == .none && own.isMember
            let isBelow = own == .moderator && !theirs.isModerator && !role.isModerator
            guard givesUp || kind != .direct && (own == .owner || isBelow) else { return .noRight }
        case .operator: break
        }
        let isSame = theirs == role && end == .never && grants[user]?.until == nil
        if role == .none ? grants[user] == nil : isSame { return .alreadyIn }
        if theirs == .owner, role != .owner || end != .never, isLastOwner(user, at: now) { return .lastOwner }
        return needsPlace && isCrowded(at: now) ? .crowded : nil
    }

    /// Whether the only owner would go, while others have a role.
    private func isLastOwner(_ user: UserID, at now: Int64) -> Bool {
        let others = grants.keys.lazy.filter { $0 != user }.map { self.role(of: $0, at: now) }.filter(\.isMember)
        return !others.isEmpty && !others.contains(.owner)
    }

    /// Whether there is no place for one more, not even if what has ended goes.
    private func isCrowded(at now: Int64) -> Bool {
        guard grants.count + invited.count >= Self.mostGrants else { return false }
        return grants.values.count { $0.until.map { $0 > now } ?? true }
            + invited.values.count { $0.endsAt > now } >= Self.mostGrants
    }

    /// Drops what has ended, if there are as many roles as a room can have.
    package mutating func makePlace(at now: Int64) {
        guard grants.count + invited.count >= Self.mostGrants else { return }
        grants = grants.filter { $0.value.until.map { $0 > now } ?? true }
        invited = invited.filter { $0.value.endsAt > now }
    }
}

extension RelayError {
    package static let noRoom = RelayError(.noRoom, "there is no such room")
    package static let banned = RelayError.banned(until: nil)
    package static let noRight = RelayError(.forbidden, "your role in this room does not allow that")
    package static let silenced = RelayError(.forbidden, "your role in this room does not allow to send messages")
    package static let lastOwner = RelayError(.forbidden, "make somebody else an owner of the room first")
    package static let roomTaken = RelayError(.forbidden, "the room exists already")
    package static let alreadyIn = RelayError(.forbidden, "this role in the room is there already")
    package static let usedUp = RelayError(.forbidden, "the invitation has been used")
    package static let crowded = RelayError(
        .forbidden, "the room has \(RoomRules.mostGrants) roles, the most it can have")
    package static let rulesLost = RelayError(
        .unavailable, "the rules of this room are missing in Redis: ask an operator to delete the room")

    package static func banned(until: Int64?) -> RelayError {
        RelayError(.banned, "you are banned from this room", until: until)
    }

    package static func slowed(for ms: Int64) -> RelayError {
        RelayError(.slowed, "slow mode: wait before your next message", retryAfterMs: Int(clamping: ms))
    }
}
