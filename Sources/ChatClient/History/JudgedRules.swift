import ChatModel

/// The rules of a room, as `docs/protocol.md`, section 13, describes them. Written on its own: neither `RoomRules` nor
/// `rules.lua`, which it judges. A pure value; part of `RulesJudge`.
///
/// Times are those of the log, in milliseconds since 1970. What ends at a time has ended at that time.
struct JudgedRules: Sendable {
    private struct Grant: Sendable {
        let role: RoomRole
        /// `nil`: never.
        let until: Int64?
    }

    let kind: RoomKind
    private var grants: [UserID: Grant] = [:]
    private var speakers = Speakers.everyone
    /// The pause of slow mode, in milliseconds.
    private var pause: Int64 = 0
    /// When users spoke while they were slowed.
    private var spoke: [UserID: Int64] = [:]

    init(of kind: RoomKind) {
        self.kind = kind
    }

    /// Whether the room has an owner, or had one.
    var isRuled: Bool { !grants.isEmpty }

    func role(of user: UserID, at now: Int64) -> RoomRole {
        guard let grant = grants[user] else { return .none }
        if let until = grant.until, until <= now { return .none }
        return grant.role
    }

    /// Whether the user may be in the room and read it.
    func admits(_ user: UserID, at now: Int64) -> Bool {
        switch role(of: user, at: now) {
        case .banned: false
        case .none: kind == .open
        case .member, .moderator, .owner: true
        }
    }

    func moderates(_ user: UserID, at now: Int64) -> Bool {
        [.owner, .moderator].contains(role(of: user, at: now))
    }

    /// Whether the user may write, slow mode aside.
    func hearsOut(_ user: UserID, at now: Int64) -> Bool {
        switch speakers {
        case .everyone: admits(user, at: now)
        case .members: [.owner, .moderator, .member].contains(role(of: user, at: now))
        case .moderators: moderates(user, at: now)
        }
    }

    func allows(_ change: RoomChange, by user: UserID, at now: Int64) -> Bool {
        guard case .role(let role, let whom, let end) = change else { return moderates(user, at: now) }
        let own = self.role(of: user, at: now)
        let theirs = self.role(of: whom, at: now)
        let isBelow = ![.owner, .moderator].contains(theirs) && ![.owner, .moderator].contains(role)
        let givesUp = whom == user && role == .none && ![.none, .banned].contains(own)
        guard own == .owner || own == .moderator && isBelow || givesUp else { return false }
        if role == .none, grants[whom] == nil { return false }
        if role == theirs, end == .never, grants[whom]?.until == nil { return false }
        return !(theirs == .owner && (role != .owner || end != .never) && isLastOwner(whom, at: now))
    }

    private func isLastOwner(_ user: UserID, at now: Int64) -> Bool {
        let others = grants.keys.filter { $0 != user }.map { role(of: $0, at: now) }
        return !others.contains(.owner) && others.contains { [.moderator, .member].contains($0) }
    }

    /// What is wrong with the next entry of the log.
    func fault(of entry: ChatMessage) -> HistoryVerdict.Fault? {
        if case .room(.role(let role, let whom, .never)) = entry.act, whom == entry.user {
            // The room's maker.
            if grants.isEmpty, role == .owner { return nil }
            // By an invitation, which the entry does not name.
            if kind == .private, role == .member, self.role(of: whom, at: entry.ts) == .none { return nil }
        }
        guard isRuled else { return nil }
        guard admits(entry.user, at: entry.ts) else { return .banned }
        switch entry.act {
        case .room(let change): return allows(change, by: entry.user, at: entry.ts) ? nil : .noRight
        case nil where isSlowed(entry.user, at: entry.ts): return .slowed
        case nil, .edit: return hearsOut(entry.user, at: entry.ts) ? nil : .silenced
        case .delete, .react, .other: return nil
        }
    }

    private func isSlowed(_ user: UserID, at now: Int64) -> Bool {
        guard pause > 0, !moderates(user, at: now), let last = spoke[user] else { return false }
        return last + pause > now
    }

    /// Whether a client may get this answer to what it sent: forbidden, or not found.
    /// - `contradicted`: the log shows that the message is there, and the user's own where it has to be; then only a
    ///   role or the policy can be the reason.
    func mayRefuse(_ act: MessageAct?, by user: UserID, as code: ErrorCode, contradicted: Bool, at now: Int64) -> Bool {
        if !admits(user, at: now) { return code == (kind == .open ? .forbidden : .notFound) }
        if code == .notFound {
            if case .room = act { return false }
            return act != nil && !contradicted
        }
        switch act {
        case nil: return !hearsOut(user, at: now)
        case .edit: return !contradicted || !hearsOut(user, at: now)
        case .delete: return !contradicted && !moderates(user, at: now)
        case .room(let change): return !allows(change, by: user, at: now)
        case .react, .other: return false
        }
    }

    mutating func apply(_ entry: ChatMessage) {
        switch entry.act {
        case nil:
            if pause > 0, !moderates(entry.user, at: entry.ts) { spoke[entry.user] = entry.ts }
        case .room(.role(.none, let user, _)): grants[user] = nil
        case .room(.role(let role, let user, .at(let end))): grants[user] = Grant(role: role, until: end)
        case .room(.role(let role, let user, _)): grants[user] = Grant(role: role, until: nil)
        case .room(.policy(.speak)): speakers = Speakers(rawValue: entry.text) ?? speakers
        case .room(.policy(.slow)): pause = (Int64(entry.text) ?? 0) * 1_000
        case .room(.policy), .edit, .delete, .react, .other: break
        }
    }
}
