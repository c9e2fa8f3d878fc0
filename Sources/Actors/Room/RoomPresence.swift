import ChatModel
import ChatProtocol
import NIOCore

/// Who is in a room: per user, counted per node, merged over the nodes (`docs/protocol.md`, section 7, "Presence").
///
/// Joins show within 250 ms, batched; a leave is delayed by 5 s, because a reload is not a leave. Large rooms get only
/// a count. Pure: owned by the `Room`; the shard's tick tells the time.
struct RoomPresence {
    static let largeRoom = 200
    static let rosterLimit = 200
    static let usersPerFrame = 50
    static let gather: TimeAmount = .milliseconds(250)
    /// For each thousand members of a large room, so that their number costs at most a thousand frames a second.
    static let gatherLarge: TimeAmount = .seconds(1)
    static let holdLeave: TimeAmount = .seconds(5)

    enum Action: Equatable {
        /// Store these members of this node, and tell the other nodes who joined and left.
        case store([UserID: NodeMember?], joined: [User] = [], left: [UserID] = [])
        case show(ServerFrame.Presence)
    }

    private struct Local {
        var name: String
        var sockets: Int
        var leavesAt: NIODeadline?
    }

    private let room: RoomName
    /// This node's name. Its other incarnations have ended.
    private let own: String
    private var local: [UserID: Local] = [:]
    private var remote: [NodeIncarnation: [UserID: String]] = [:]
    /// Nodes in `remote` that do not count at the moment. Their changes are recorded for when they do.
    private var hidden: Set<NodeIncarnation> = []
    private var merged: [UserID: String] = [:]
    /// The first of `merged`, which newcomers get; `nil` once it has changed.
    private var listed: MemberList?
    /// Changes received during a read: each user's latest name, `nil` for one who left.
    private var heardDuringRead: [NodeIncarnation: [UserID: String?]]?
    /// In the order of their ends: every leave is delayed equally long.
    private var leaving: [(user: UserID, at: NIODeadline)] = []
    /// The members as last shown. `nil` while the room is large: then only a count is shown, and the full list once it
    /// is small again.
    private var shown: [UserID: String]? = [:]
    private var shownCount = 0
    private var showAt: NIODeadline?

    /// - `own`: this node's name.
    init(room: RoomName, own: String) {
        self.room = room
        self.own = own
    }

    var memberCount: Int { merged.count }
    var isLarge: Bool { merged.count > Self.largeRoom }

    /// What newcomers get. They are counted even if the list ends before them.
    mutating func roster(for newcomers: some Sequence<UserID>) throws(InvariantBroken) -> Roster {
        guard newcomers.allSatisfy({ merged[$0] != nil }) else {
            throw InvariantBroken(
                .roster, expected: "the newcomers among the members", found: "\(memberCount) others")
        }
        return roster
    }

    var roster: Roster {
        mutating get {
            if let listed { return Roster(members: listed, memberCount: memberCount) }
            let members = MemberList(merged.prefix(Self.rosterLimit).map { User(id: $0.key, name: $0.value) })
            listed = members
            return Roster(members: members, memberCount: memberCount)
        }
    }

    func name(of user: UserID) -> String? { merged[user] }

    // MARK: This node

    mutating func connected(_ user: User, now: NIODeadline) -> [Action] {
        let known = local[user.id]
        let member = Local(name: user.name, sockets: (known?.sockets ?? 0) + 1, leavesAt: nil)
        local[user.id] = member
        appeared(user, now: now)
        let changes = [user.id: NodeMember(name: user.name, sockets: member.sockets)]
        return [.store(changes, joined: known == nil ? [user] : [])]
    }

    /// - `atOnce`: the user was removed, and does not come back in a moment, as after a reload.
    mutating func disconnected(
        _ user: UserID, atOnce: Bool = false, now: NIODeadline
    ) throws(InvariantBroken) -> [Action] {
        guard var member = local[user], member.sockets > 0 else {
            throw InvariantBroken(.roster, expected: "a socket of the member that leaves", found: "none")
        }
        member.sockets -= 1
        if member.sockets == 0 {
            let at = atOnce ? now : now + Self.holdLeave
            member.leavesAt = at
            // In the order of their times.
            leaving.insert((user, at), at: atOnce ? 0 : leaving.endIndex)
        }
        local[user] = member
        guard member.sockets > 0 else { return [] }
        return [.store([user: NodeMember(name: member.name, sockets: member.sockets)])]
    }

    /// Members get a separate frame, `renamed`.
    mutating func renamed(_ user: User) -> [Action] {
        if merged[user.id] != nil {
            merged[user.id] = user.name
            listed = nil
        }
        if shown?[user.id] != nil { shown?[user.id] = user.name }
        for node in remote.keys where remote[node]?[user.id] != nil { note(user.id, user.name, on: node) }
        guard var member = local[user.id], member.name != user.name else { return [] }
        member.name = user.name
        local[user.id] = member
        return [.store([user.id: NodeMember(name: user.name, sockets: member.sockets)])]
    }

    /// This node has a new incarnation: all its members are stored and announced again under it.
    mutating func restated() -> [Action] {
        var rest = Array(local)[...]
        var actions: [Action] = []
        while !rest.isEmpty {
            let some = rest.prefix(Self.usersPerFrame)
            rest = rest.dropFirst(Self.usersPerFrame)
            actions.append(
                .store(
                    Dictionary(
                        uniqueKeysWithValues: some.map {
                            ($0.key, NodeMember(name: $0.value.name, sockets: $0.value.sockets))
                        }),
                    joined: some.map { User(id: $0.key, name: $0.value.name) }))
        }
        return actions
    }

    /// Whether no leave is delayed: nothing more will be stored or announced of this node's members.
    var isSettled: Bool { local.isEmpty }

    /// Nobody has a socket here any more: leaves are not delayed.
    mutating func removeEveryone() -> [Action] {
        let users = Array(local.keys)
        local = [:]
        leaving = []
        guard !users.isEmpty else { return [] }
        return [.store(Dictionary(uniqueKeysWithValues: users.map { ($0, nil) }), left: users)]
    }

    // MARK: Other nodes

    mutating func heard(
        from node: NodeIncarnation, isPresent: Bool, joined: [User], left: [UserID], now: NIODeadline
    ) {
        guard node.name != own else { return }
        count(node, isPresent: isPresent, now: now)
        for user in joined {
            note(user.id, user.name, on: node)
            if isPresent { appeared(user, now: now) }
        }
        for user in left {
            note(user, nil, on: node)
            disappeared(user, now: now)
        }
        if remote[node] == nil { hidden.remove(node) }
    }

    /// Nodes died or came back: their members leave and join at once, in one frame.
    mutating func membershipChanged(isPresent: (NodeIncarnation) -> Bool, now: NIODeadline) -> [Action] {
        var hasChanged = false
        for node in remote.keys where count(node, isPresent: isPresent(node), now: now) { hasChanged = true }
        guard hasChanged, showAt != nil else { return [] }
        showAt = nil
        return show(atOnce: true)
    }

    /// - Returns: whether anything changed.
    @discardableResult
    private mutating func count(_ node: NodeIncarnation, isPresent: Bool, now: NIODeadline) -> Bool {
        let users = remote[node] ?? [:]
        if isPresent {
            guard hidden.remove(node) != nil else { return false }
            for (user, name) in users { appeared(User(id: user, name: name), now: now) }
        } else {
            guard hidden.insert(node).inserted else { return false }
            for user in users.keys { disappeared(user, now: now) }
        }
        return true
    }

    private mutating func note(_ user: UserID, _ name: String?, on node: NodeIncarnation) {
        remote[node, default: [:]][user] = name
        if remote[node]?.isEmpty == true { remote[node] = nil }
        heardDuringRead?[node, default: [:]][user] = .some(name)
    }

    var isReading: Bool { heardDuringRead != nil }

    /// The store is being read: `read` or `readFailed` follows.
    mutating func beginRead() {
        heardDuringRead = [:]
    }

    mutating func readFailed() {
        heardDuringRead = nil
    }

    /// The members as stored. Changes received during the read may be newer; earlier ones are in it, because nodes
    /// store and announce in one step.
    /// - `isPresent`: whether a node's members count.
    mutating func read(
        _ nodes: [NodeIncarnation: [User]], isPresent: (NodeIncarnation) -> Bool
    ) throws(InvariantBroken) -> [Action] {
        guard let heard = heardDuringRead else {
            throw InvariantBroken(.answer, expected: "no members", found: "unrequested members")
        }
        heardDuringRead = nil
        remote = [:]
        for (node, users) in nodes where node.name != own && !users.isEmpty {
            remote[node] = Dictionary(users.map { ($0.id, $0.name) }, uniquingKeysWith: { _, last in last })
        }
        for (node, users) in heard {
            for (user, name) in users { note(user, name, on: node) }
        }
        hidden = Set(remote.keys.filter { !isPresent($0) })
        var truth = local.mapValues(\.name)
        // If nodes disagree about a name, each read must choose the same.
        for (node, users) in remote.sorted(by: { $0.key.name < $1.key.name }) where !hidden.contains(node) {
            truth.merge(users) { first, _ in first }
        }
        let known = merged
        merged = truth
        listed = nil
        guard known != truth else { return [] }
        showAt = nil
        return [showAll()]
    }

    // MARK: Time

    mutating func tick(now: NIODeadline) -> [Action] {
        var actions: [Action] = []
        let gone = endLeaves(now: now)
        if !gone.isEmpty {
            actions.append(.store(Dictionary(uniqueKeysWithValues: gone.map { ($0, nil) }), left: gone))
        }
        if let showAt, showAt <= now {
            self.showAt = nil
            actions += show()
        }
        return actions
    }

    private mutating func endLeaves(now: NIODeadline) -> [UserID] {
        guard let first = leaving.first, first.at <= now else { return [] }
        let due = leaving.prefix { $0.at <= now }
        leaving.removeFirst(due.count)
        var gone: [UserID] = []
        for (user, at) in due where local[user]?.leavesAt == at {
            local[user] = nil
            gone.append(user)
            disappeared(user, now: now)
        }
        return gone
    }

    /// - `atOnce`: in one frame, even if it names everybody.
    private mutating func show(atOnce: Bool = false) -> [Action] {
        if isLarge {
            guard memberCount != shownCount else { return [] }
            markShown()
            return [.show(.changed(room: room, joined: [], left: [], memberCount: memberCount))]
        }
        guard let shown else { return [showAll()] }
        var joined = merged.filter { shown[$0.key] != $0.value }.map { User(id: $0.key, name: $0.value) }[...]
        var left = shown.filter { merged[$0.key] == nil }.map { User(id: $0.key, name: $0.value) }[...]
        if atOnce, joined.count + left.count > Self.usersPerFrame { return [showAll()] }
        markShown()
        var actions: [Action] = []
        while !joined.isEmpty || !left.isEmpty {
            let frame = ServerFrame.Presence.changed(
                room: room, joined: Array(joined.prefix(Self.usersPerFrame)),
                left: Array(left.prefix(Self.usersPerFrame)), memberCount: memberCount)
            joined = joined.dropFirst(Self.usersPerFrame)
            left = left.dropFirst(Self.usersPerFrame)
            actions.append(.show(frame))
        }
        return actions
    }

    private mutating func showAll() -> Action {
        markShown()
        return .show(.reset(room: room, members: roster.members.users, memberCount: memberCount))
    }

    private mutating func markShown() {
        shown = isLarge ? nil : merged
        shownCount = memberCount
    }

    private mutating func appeared(_ user: User, now: NIODeadline) {
        let name = local[user.id]?.name ?? user.name
        let known = merged.updateValue(name, forKey: user.id)
        guard known != name else { return }
        // A full list stays as it is when somebody joins.
        if known != nil || (listed?.users.count ?? 0) < Self.rosterLimit { listed = nil }
        changed(now: now)
    }

    private mutating func disappeared(_ user: UserID, now: NIODeadline) {
        guard local[user] == nil, !remote.contains(where: { !hidden.contains($0.key) && $0.value[user] != nil }),
            merged.removeValue(forKey: user) != nil
        else { return }
        listed = nil
        changed(now: now)
    }

    private var pause: TimeAmount { isLarge ? Self.gatherLarge * max(1, memberCount / 1_000) : Self.gather }

    private mutating func changed(now: NIODeadline) {
        if isLarge { shown = nil }
        if showAt == nil { showAt = now + pause }
    }
}
