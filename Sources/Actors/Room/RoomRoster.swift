import ChatModel
import ChatProtocol
import NIOCore

/// Keeps the list of members up to date: stores this node's members, tells the other nodes, and collects what to show.
///
/// Owned by the `Room`, and handed to its successor. The list itself is the pure `RoomPresence`.
struct RoomRoster {
    /// What to show to a room's members.
    struct Changes {
        var frames: [ServerFrame] = []
        /// New names sent only to the users' own sockets: the room is too large to tell everybody.
        var ownNames: [UserID: String] = [:]
    }

    /// Minimum interval between two typing notices of a user.
    private static let typingPause = TimeAmount.seconds(3)
    /// New names shown in one tick. Further ones show with the user's next message.
    private static let namesPerTick = 1_000

    private let room: RoomName
    private let services: RoomServices
    private let eventLoop: any EventLoop
    private var presence: RoomPresence
    /// The incarnation of this node under which its members are stored.
    private var storedAs: NodeIncarnation
    private var nextRead = NIODeadline.uptimeNanoseconds(0)
    private var newNames: [UserID: String] = [:]
    private var lastTyping: [UserID: NIODeadline] = [:]

    init(room: RoomName, services: RoomServices, eventLoop: any EventLoop) {
        self.room = room
        self.services = services
        self.eventLoop = eventLoop
        presence = RoomPresence(room: room, own: services.nodeName)
        storedAs = services.backend.membership.own
    }

    /// Whether nothing more will be stored or announced of this node's members.
    var isSettled: Bool { presence.isSettled }

    mutating func roster(for newcomers: some Sequence<UserID>) throws(InvariantBroken) -> Roster {
        try presence.roster(for: newcomers)
    }

    // MARK: This node's members

    mutating func connected(_ user: User) {
        let known = presence.name(of: user.id)
        store(presence.connected(user, now: .now()))
        // Renamed while offline, or by a socket in other rooms: the last join wins.
        if let known, known != user.name { signal(.renamed(user)) }
    }

    /// - `atOnce`: the user was removed.
    mutating func disconnected(_ user: UserID, atOnce: Bool) throws(InvariantBroken) {
        store(try presence.disconnected(user, atOnce: atOnce, now: .now()))
    }

    /// The room gives up, and closes its members' sockets.
    mutating func removeEveryone() {
        store(presence.removeEveryone())
    }

    mutating func renamed(_ user: User) {
        store(presence.renamed(user))
        signal(.renamed(user))
    }

    /// A member was renamed in another room. Only lists of members follow: if sockets did, two names given at the same
    /// time could chase each other through the user's rooms forever.
    mutating func signed(_ user: User) {
        guard presence.name(of: user.id) != user.name else { return }
        store(presence.renamed(user))
        signal(.named(user))
    }

    mutating func typing(_ user: User) {
        let now = NIODeadline.now()
        guard !presence.isLarge, lastTyping[user.id].map({ $0 + Self.typingPause <= now }) ?? true else { return }
        lastTyping[user.id] = now
        signal(.typing(user))
    }

    // MARK: From other nodes

    /// Members get the new name with the next tick.
    mutating func heard(name user: User) {
        store(presence.renamed(user))
        newNames[user.id] = user.name
        if newNames.count > Self.namesPerTick { newNames[user.id] = nil }
    }

    mutating func heard(from node: NodeIncarnation, joined: [User], left: [UserID]) {
        let membership = services.backend.membership
        membership.heard(node)
        presence.heard(from: node, isPresent: membership.isPresent(node), joined: joined, left: left, now: .now())
    }

    /// A dead node's members leave, and return if it turns out to be alive. A new incarnation of this node stores its
    /// members again.
    mutating func membershipChanged() -> [ServerFrame] {
        let membership = services.backend.membership
        let frames = frames(presence.membershipChanged(isPresent: membership.isPresent(_:), now: .now()))
        if membership.own != storedAs {
            storedAs = membership.own
            store(presence.restated())
        }
        return frames
    }

    // MARK: Reading the store

    /// The subscription was interrupted: changes may have been missed.
    mutating func readSoon() { nextRead = .uptimeNanoseconds(0) }

    /// - Returns: whether to read the store now; `read` follows.
    mutating func beginReadIfDue(at now: NIODeadline) -> Bool {
        guard nextRead <= now, !presence.isReading else { return false }
        nextRead = now + services.limits.quietCheck
        presence.beginRead()
        return true
    }

    /// - `nodes`: `nil` if the store did not answer.
    mutating func read(_ nodes: [NodeIncarnation: [User]]?) throws(InvariantBroken) -> [ServerFrame] {
        guard let nodes else {
            presence.readFailed()
            return []
        }
        return frames(try presence.read(nodes, isPresent: services.backend.membership.isPresent(_:)))
    }

    /// The room failed: its successor reads again.
    mutating func dropRead() {
        presence.readFailed()
        readSoon()
    }

    // MARK: Time

    mutating func tick(now: NIODeadline) -> Changes {
        if !lastTyping.isEmpty { lastTyping = lastTyping.filter { $0.value + Self.typingPause > now } }
        var changes = Changes()
        if presence.isLarge {
            changes.ownNames = newNames
        } else {
            changes.frames = newNames.map { .renamed(user: User(id: $0.key, name: $0.value)) }
        }
        newNames = [:]
        changes.frames += frames(presence.tick(now: now))
        return changes
    }

    // MARK: Acting

    private func signal(_ signal: RoomSignal) {
        services.backend.relay.signal(signal, to: room, on: eventLoop)
    }

    // Both are mutating for their callers: `frames(presence.tick(…))` would otherwise hold a copy of `self` while
    // `presence` changes, and so copy the lists of all members each time.
    private mutating func store(_ actions: [RoomPresence.Action]) { _ = frames(actions) }

    private mutating func frames(_ actions: [RoomPresence.Action]) -> [ServerFrame] {
        var frames: [ServerFrame] = []
        for action in actions {
            switch action {
            case .show(let presence):
                frames.append(.presence(presence))
            case .store(let changes, let joined, let left):
                let news = RoomSignal.presence(node: services.backend.membership.own, joined: joined, left: left)
                services.backend.presence.update(
                    changes, in: room, announcing: joined.isEmpty && left.isEmpty ? nil : news, on: eventLoop)
            }
        }
        return frames
    }
}
