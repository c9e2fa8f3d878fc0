import ChatModel

/// What moderators do in rooms that belong to clients of a crowd, and when: derived from a seed only. It assumes that all
/// of it succeeds, which the crowd's messages, failures and other moderators may prevent.
///
/// Every removal, and every policy, is ended after a while by the room's owner, so most clients are in most rooms.
struct ModerationPlan: Sendable {
    struct Room: Sendable {
        let isPrivate: Bool
        /// Whose room it is; never removed.
        let owner: Int

        init(isPrivate: Bool, owner: Int) {
            self.isPrivate = isPrivate
            self.owner = owner
        }
    }

    enum Deed: Hashable, Sendable {
        case role(RoomRole, of: Int, seconds: Int?)
        case policy(RoomSetting, String)
        /// Deletes a message of another user.
        case erase
        /// Reads the history, as any member may.
        case look
    }

    struct Turn: Hashable, Sendable {
        let due: Duration
        let room: Int
        let by: Int
        let deed: Deed
    }

    private struct Ending: Sendable {
        let due: Duration
        let room: Int
        /// `nil`: the ban ends by itself.
        let deed: Deed?
        /// Who may be in the room again.
        let whom: Int?
    }

    private let rooms: [Room]
    private let clients: Int
    private let perSecond: Double
    private var generator: SplitMix64
    /// By room and client.
    private var roles: [[RoomRole]]
    private var isSilenced: [Bool]
    private var isSlowed: [Bool]
    private var endings: [Ending] = []
    private var turns = 0

    init(rooms: [Room], clients: Int, perSecond: Double, seed: UInt64) {
        precondition(!rooms.isEmpty && clients > 1 && perSecond > 0, "rooms, clients and rate must be positive")
        self.rooms = rooms
        self.clients = clients
        self.perSecond = perSecond
        generator = SplitMix64(seed: seed)
        isSilenced = rooms.map { _ in false }
        isSlowed = isSilenced
        roles = rooms.map { room in
            (0..<clients).map { $0 == room.owner ? .owner : room.isPrivate ? .member : .none }
        }
    }

    mutating func next() -> Turn {
        let due = Duration.seconds(Double(turns) / perSecond)
        while let index = endings.indices.min(by: { endings[$0].due < endings[$1].due }), endings[index].due <= due {
            let ending = endings.remove(at: index)
            if let whom = ending.whom { roles[ending.room][whom] = usual(ending.room) }
            switch ending.deed {
            case .policy(.speak, _): isSilenced[ending.room] = false
            case .policy(.slow, _): isSlowed[ending.room] = false
            default: break
            }
            guard let deed = ending.deed else { continue }
            return Turn(due: ending.due, room: ending.room, by: rooms[ending.room].owner, deed: deed)
        }
        turns += 1
        let room = Int.random(in: rooms.indices, using: &generator)
        let (by, deed) = choose(in: room, at: due)
        return Turn(due: due, room: room, by: by, deed: deed)
    }

    /// Who may be in a room has this role there.
    private func usual(_ room: Int) -> RoomRole { rooms[room].isPrivate ? .member : .none }

    private mutating func choose(in room: Int, at due: Duration) -> (Int, Deed) {
        let moderator = moderator(of: room)
        switch Int.random(in: 0..<24, using: &generator) {
        case 0..<3:
            return remove(.banned, for: Int.random(in: 1...3, using: &generator), in: room, by: moderator, at: due)
        case 4..<6 where rooms[room].isPrivate:
            return remove(.none, for: nil, in: room, by: moderator, at: due)
        case 3..<5: return remove(.banned, for: nil, in: room, by: moderator, at: due)
        case 6: return (rooms[room].owner, promote(in: room))
        case 7 where !rooms[room].isPrivate: return (moderator, honour(in: room))
        case 8 where !isSilenced[room]:
            isSilenced[room] = true
            end(.policy(.speak, Speakers.everyone.rawValue), in: room, after: 1...3, at: due)
            let speakers = Int.random(in: 0..<4, using: &generator) == 0 ? Speakers.moderators : .members
            return (moderator, .policy(.speak, speakers.rawValue))
        case 9 where !isSlowed[room]:
            isSlowed[room] = true
            end(.policy(.slow, "0"), in: room, after: 2...4, at: due)
            return (moderator, .policy(.slow, "1"))
        case 10..<12: return (pick(in: room) { !$0.isModerator && $0 != .banned } ?? moderator, presume(in: room))
        case 12..<14: return (pick(in: room) { $0 != .banned } ?? moderator, .look)
        default: return (moderator, .erase)
        }
    }

    private mutating func moderator(of room: Int) -> Int {
        let appointed = pick(in: room) { $0 == .moderator }
        return Int.random(in: 0..<3, using: &generator) == 0 ? rooms[room].owner : appointed ?? rooms[room].owner
    }

    private mutating func pick(in room: Int, where condition: (RoomRole) -> Bool) -> Int? {
        roles[room].indices.filter { condition(roles[room][$0]) && !isRemoved($0, from: room) }
            .randomElement(using: &generator)
    }

    private func isRemoved(_ client: Int, from room: Int) -> Bool {
        roles[room][client] == .banned || rooms[room].isPrivate && roles[room][client] == .none
    }

    private mutating func remove(
        _ role: RoomRole, for seconds: Int?, in room: Int, by moderator: Int, at due: Duration
    ) -> (Int, Deed) {
        let isByOwner = moderator == rooms[room].owner
        let removed = roles[room].indices.count { isRemoved($0, from: room) }
        guard removed < max(1, clients / 3),
            let whom = pick(in: room, where: { $0 != .owner && (isByOwner || $0 != .moderator) })
        else { return (moderator, .erase) }
        roles[room][whom] = role
        let share = Double.random(in: 0.5...1.5, using: &generator)
        if let seconds, share >= 1, !rooms[room].isPrivate {
            endings.append(Ending(due: due + .seconds(seconds), room: room, deed: nil, whom: whom))
        } else {
            let after = Duration.seconds(Double(seconds ?? 3) * share)
            let deed = Deed.role(usual(room), of: whom, seconds: nil)
            endings.append(Ending(due: due + after, room: room, deed: deed, whom: whom))
        }
        return (moderator, .role(role, of: whom, seconds: seconds))
    }

    private mutating func promote(in room: Int) -> Deed {
        let moderators = roles[room].count { $0 == .moderator }
        if moderators < max(1, clients / 5), let whom = pick(in: room, where: { !$0.isModerator }) {
            roles[room][whom] = .moderator
            return .role(.moderator, of: whom, seconds: nil)
        }
        guard let whom = pick(in: room, where: { $0 == .moderator }) else { return .erase }
        roles[room][whom] = usual(room)
        return .role(usual(room), of: whom, seconds: nil)
    }

    private mutating func honour(in room: Int) -> Deed {
        guard let whom = pick(in: room, where: { $0 == .member || $0 == .none }) else { return .erase }
        roles[room][whom] = roles[room][whom] == .none ? .member : .none
        return .role(roles[room][whom], of: whom, seconds: nil)
    }

    /// What somebody without a right tries.
    private mutating func presume(in room: Int) -> Deed {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: .erase
        case 1: .policy(.speak, Speakers.moderators.rawValue)
        default: .role(.banned, of: Int.random(in: 0..<clients, using: &generator), seconds: nil)
        }
    }

    private mutating func end(_ deed: Deed, in room: Int, after seconds: ClosedRange<Int>, at due: Duration) {
        let after = Duration.seconds(Int.random(in: seconds, using: &generator))
        endings.append(Ending(due: due + after, room: room, deed: deed, whom: nil))
    }
}
