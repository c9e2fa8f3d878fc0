import ChatModel
import ChatProtocol

/// Who may be in a room on this node: its rules as they are at the room's position (`docs/protocol.md`, section 13).
///
/// A pure value, owned by the `Room`, and handed to its successor. Follows the changes in the order of the log. Where the
/// room skips a part of the log, the rules are read again.
struct RoomAccess {
    private let kind: RoomKind
    private var rules = RoomRules() {
        didSet { bansGuests = rules.grants.contains { $1.role == .banned && !$0.isAccount } }
    }
    /// Whether a guest is banned, or was until the ban ended.
    private(set) var bansGuests = false
    /// What is known of the log up to here.
    private var through = MessageID.zero
    /// Something was skipped: the rules must be read.
    private var isStale = false
    private(set) var isReading = false
    /// When the next role ends, in milliseconds since 1970.
    private var nextEnd: Int64?

    init(of room: RoomName) {
        kind = room.kind
    }

    /// Whether anybody could be refused.
    var isRuled: Bool { kind != .open || rules.version > 0 }

    // MARK: Following

    /// An entry of the log, in its turn.
    /// - Returns: the user whose role has changed.
    mutating func heard(_ entry: ChatMessage) -> UserID? {
        guard case .room(let change) = entry.act, entry.id.seq > through.seq else { return nil }
        through = entry.id
        rules.apply(change, text: entry.text)
        guard case .role(_, let user, let end) = change else { return nil }
        if case .at(let ms) = end { nextEnd = min(nextEnd ?? .max, ms) }
        return user
    }

    /// The room has skipped a part of the log.
    mutating func skipped(to position: RoomPosition) {
        through = position.id
        isStale = isRuled
    }

    /// Whether the rules must be read again, if the room is at this head.
    func differs(from head: LogHead) -> Bool {
        !isReading && (isStale || head.rulesVersion != rules.version)
    }

    mutating func beginRead() { isReading = true }

    /// The room failed: its successor reads again.
    mutating func dropRead() {
        isStale = isStale || isReading
        isReading = false
    }

    /// - `page`: `nil` if the log did not answer.
    /// - `epoch`: of the room's position.
    /// - `now`: milliseconds since 1970.
    /// - Returns: whether the rules are others than the room knew.
    @discardableResult
    mutating func read(_ page: LogPage?, in epoch: Epoch, now: Int64) -> Bool {
        isReading = false
        guard let page else { return false }
        // It was long on its way: since then the room has heard of later changes.
        isStale = page.head.position.epoch == epoch && page.head.position.id.seq < through.seq
        if isStale { return false }
        let known = rules
        rules = page.rules ?? RoomRules()
        through = page.head.position.id
        nextEnd = rules.nextEnd(after: now)
        return rules != known
    }

    /// Whether a role ends some time.
    var awaitsEnd: Bool { nextEnd != nil }

    // MARK: Deciding

    /// Operators cannot be banned from open rooms.
    func refusal(of member: ConnectionContext, at now: Int64) -> RelayError? {
        kind == .open && member.isOperator ? nil : refusal(of: member.user, at: now)
    }

    func refusal(of user: UserID, at now: Int64) -> RelayError? {
        isRuled ? rules.refusal(of: user, in: kind, at: now) : nil
    }

    func isBanned(_ user: UserID, at now: Int64) -> Bool { isRuled && rules.role(of: user, at: now) == .banned }

    /// Whether the log must be asked, as it alone knows the addresses: of a guest without a role, where a guest is
    /// banned.
    func dependsOnAddress(of member: ConnectionContext, at now: Int64) -> Bool {
        bansGuests && kind == .open && member.addressDigest != nil && rules.role(of: member.user, at: now) == .none
    }

    /// - Returns: whether a role has ended since the last call.
    mutating func hasEnded(at now: Int64) -> Bool {
        guard let end = nextEnd, end <= now else { return false }
        nextEnd = rules.nextEnd(after: now)
        return true
    }

    /// `nil`: the user may not invite others.
    func invitation(to room: RoomName, by user: User, _ request: RoomCommand.Invite, at now: Int64) -> RoomInvitation? {
        guard kind == .private, rules.role(of: user.id, at: now).isModerator else { return nil }
        return RoomInvitation(
            room: room, title: rules.title, from: user, uses: request.uses, seconds: request.seconds, key: request.key)
    }

    /// Why the user may not send messages; `nil`: they may. Slow mode does not count.
    func silence(of user: UserID, at now: Int64) -> RelayError? {
        guard isRuled else { return nil }
        return rules.refusal(of: user, in: kind, at: now)
            ?? (rules.speakers.include(rules.role(of: user, at: now)) ? nil : .silenced)
    }

    // MARK: Showing

    /// What a member must know after the rules were read again.
    func news(in room: RoomName, for user: UserID, at now: Int64) -> ServerFrame {
        .rules(room: room, head: through, shown(to: user, at: now))
    }

    /// `nil`: there are no rules.
    func shown(to user: UserID, at now: Int64) -> ServerFrame.Rules? {
        guard isRuled else { return nil }
        let other = kind == .direct ? rules.grants.first { $0.key != user } : nil
        return ServerFrame.Rules(
            title: rules.title, topic: rules.topic, speakers: rules.speakers, slow: rules.slow,
            role: rules.role(of: user, at: now), with: other.map { User(id: $0.key, name: $0.value.name) })
    }

    func roles(of room: RoomName, at now: Int64) -> ServerFrame.Roles {
        let current = rules.grants.filter { rules.role(of: $0.key, at: now) != .none }
        // The same order in every answer.
        let first = current.sorted { $0.key.description < $1.key.description }.prefix(ServerFrame.Roles.most)
        let holders = first.map { user, grant in
            ServerFrame.Roles.Holder(
                user: User(id: user, name: grant.name), role: grant.role, until: grant.until)
        }
        return ServerFrame.Roles(room: room, holders: holders, count: current.count)
    }
}
