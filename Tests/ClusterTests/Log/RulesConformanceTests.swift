import ChatModel
import Cluster
import TestSupport
import Testing

/// Roles, policy and who may do what, in Redis and in memory: `docs/protocol.md`, section 13.
@Suite struct RulesConformanceTests {
    private static let privateRoom = RoomName("_private-abcdefghijklmnopqrstuvwxyz")
    private static let directRoom = RoomName("_direct-abcdefghijklmnopqrstuvwxyz")
    private static let openRoom = RoomName("team")
    private static let users = ["ann", "bob", "cleo", "dan"]

    private static func role(
        _ role: RoomRole, of user: String, by actor: String, _ end: RoleEnd = .never, _ authority: Authority = .own,
        key: String = ""
    ) -> MessageDraft {
        MessageDraft(
            user: UserID(actor), name: actor, text: user, key: key, act: .room(.role(role, of: UserID(user), end)),
            authority: authority)
    }

    private static func policy(_ setting: RoomSetting, _ value: String, by actor: String) -> MessageDraft {
        MessageDraft(user: UserID(actor), name: actor, text: value, key: "", act: .room(.policy(setting)))
    }

    private static func outcome(_ result: Result<PublishReceipt, RelayError>) -> String {
        switch result {
        case .success(let receipt): receipt.duplicate ? "duplicate" : "taken"
        case .failure(let error): error.code == .slowed ? "slowed" : error.message
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func whoMakesARoomOwnsIt(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(Self.privateRoom)
            #expect(try await backend.read(.rules, of: room).head == .empty)
            await expectRelayError(.noRoom) { try await backend.read(.head, of: room, for: .member(UserID("ann"))) }
            await expectRelayError(.noRoom) { try await backend.publish(backend.draft("early", user: "ann"), to: room) }
            let claim = Self.role(.owner, of: "ann", by: "ann", .never, .maker, key: "k")
            #expect(try await !backend.publish(claim, to: room).duplicate)
            #expect(try await backend.publish(claim, to: room).duplicate, "sent again")
            let other = Self.role(.owner, of: "bob", by: "bob", .never, .maker)
            #expect(try await backend.publish([other], to: room).map(Self.outcome) == [RelayError.roomTaken.message])
            #expect(try await backend.read(.head, of: room, for: .member(UserID("ann"))).head.position.id.seq == 1)
            for reader in [LogReader.member(UserID("bob")), .history(of: "192.0.2.1", by: nil)] {
                await expectRelayError(.noRoom) { try await backend.read(.head, of: room, for: reader) }
            }
            let rules = try #require(try await backend.read(.rules, of: room).rules)
            #expect(rules.version == 1 && rules.role(of: UserID("ann"), at: 0) == .owner)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func whatWasTakenBeforeABanKeepsItsAck(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(Self.openRoom)
            let said = backend.draft("hello", user: "bob", key: "k1")
            let id = try await backend.publish(said, to: room).position.id
            let ban = Self.role(.banned, of: "bob", by: "op", .after(seconds: 3_600), .operator)
            try await backend.publish(ban, to: room)
            let again = try await backend.publish(said, to: room)
            #expect(again.duplicate && again.position.id == id)
            await expectRelayError(.banned) { try await backend.publish(backend.draft("more", user: "bob"), to: room) }
            await expectRelayError(.banned) { try await backend.read(.head, of: room, for: .member(UserID("bob"))) }
            let entry = try #require(try await backend.all(room).last)
            guard case .room(.role(.banned, let user, .at(let end))) = entry.act else {
                return #expect(Bool(false), "\(entry)")
            }
            #expect(user == UserID("bob") && end == entry.ts + 3_600_000)
        }
    }

    /// A space and a mark behind it are one `Character`.
    @Test(arguments: TestedBackend.Kind.allCases)
    func aRoleHoldsWhateverTheNameBeginsWith(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(Self.openRoom)
            var names: [UserID: String] = [:]
            for (number, mark) in ["", "\u{301}", "\u{FE0F}", "\u{200D}", "\u{1F3FD}", "\u{903}", "\"", "é"]
                .enumerated()
            {
                let user = UserID("user\(number)")
                let name = mark + "Ann Lee"
                names[user] = name
                let ban = MessageDraft(
                    user: UserID("op"), name: "op", text: name, key: "", act: .room(.role(.banned, of: user, .never)),
                    authority: .operator)
                try await backend.publish(ban, to: room)
            }
            let rules = try #require(try await backend.read(.rules, of: room).rules)
            for (user, name) in names {
                #expect(rules.role(of: user, at: 0) == .banned, "\(name.debugDescription)")
                #expect(rules.grants[user]?.name == name)
            }
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func lostRulesOpenNoPrivateRoom(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(Self.privateRoom)
            try await backend.publish(Self.role(.owner, of: "ann", by: "ann", .never, .maker), to: room)
            try await backend.publish(backend.draft("secret", user: "ann"), to: room)
            try backend.removeAll()
            for user in Self.users {
                await expectRelayError(.noRoom) { try await backend.publish(backend.draft("x", user: user), to: room) }
                await expectRelayError(.noRoom) { try await backend.read(.head, of: room, for: .member(UserID(user))) }
            }
        }
    }

    @Test func lostRulesOfALogThatIsThereLetNobodyIn() async throws {
        try await TestedBackend.withRedis { backend, server in
            for room in [Self.privateRoom, Self.openRoom].compactMap(\.self) {
                try await backend.publish(Self.role(.owner, of: "ann", by: "ann", .never, .maker), to: room)
                try server.cli("DEL", "webchat:{\(room)}:rules")
                await expectRelayError(.unavailable) {
                    try await backend.publish(backend.draft("x", user: "ann"), to: room)
                }
            }
            // And a log that is lost while there are rules begins under the same rules.
            let room = try #require(RoomName("other"))
            try await backend.publish(Self.role(.owner, of: "ann", by: "ann", .never, .maker), to: room)
            try await backend.publish(Self.role(.banned, of: "bob", by: "ann"), to: room)
            try server.cli("DEL", "webchat:{\(room)}:log", "webchat:{\(room)}:head")
            await expectRelayError(.banned) { try await backend.publish(backend.draft("x", user: "bob"), to: room) }
            await expectRelayError(.banned) { try await backend.read(.head, of: room, for: .member(UserID("bob"))) }
            let read = try await backend.read(.rules, of: room)
            #expect(read.head.rulesVersion == 2 && read.head.position == .start)
            #expect(read.rules?.role(of: UserID("ann"), at: 0) == .owner)
            try await backend.publish(backend.draft("x", user: "cleo"), to: room)
            await expectRelayError(.banned) { try await backend.publish(backend.draft("x", user: "bob"), to: room) }
            #expect(try await backend.read(.rules, of: room).rules?.role(of: UserID("bob"), at: 0) == .banned)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func anInvitationCountsEachUserOnce(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(Self.privateRoom)
            func accept(_ user: String, inviter: String = "ann") async throws -> String {
                let authority = Authority.invitation(
                    OpenedInvitation(id: "link", uses: 2, endsAt: 1 << 50, inviter: UserID(inviter)))
                return try await backend.publish([Self.role(.member, of: user, by: user, .never, authority)], to: room)
                    .map(Self.outcome)[0]
            }
            #expect(try await accept("bob") == RelayError.noRight.message, "no room yet")
            try await backend.publish(Self.role(.owner, of: "ann", by: "ann", .never, .maker), to: room)
            #expect(try await accept("bob") == "taken")
            #expect(try await accept("bob") == RelayError.alreadyIn.message)
            try await backend.publish(Self.role(.none, of: "bob", by: "ann"), to: room)
            #expect(try await accept("bob") == RelayError.usedUp.message, "who was removed needs another one")
            #expect(try await accept("cleo") == "taken")
            #expect(try await accept("dan") == RelayError.usedUp.message)
            #expect(try await accept("dan", inviter: "cleo") == RelayError.noRight.message, "members do not invite")
            #expect(try await accept("ann") == RelayError.alreadyIn.message)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func slowModeHoldsForMembersOnly(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(Self.openRoom)
            try await backend.publish(Self.role(.owner, of: "ann", by: "ann", .never, .maker), to: room)
            try await backend.publish(Self.policy(.slow, "3600", by: "ann"), to: room)
            for user in ["bob", "cleo"] { try await backend.publish(backend.draft("1", user: user), to: room) }
            let results = try await backend.publish([backend.draft("2", user: "bob")], to: room)
            guard case .failure(let error)? = results.first else { return #expect(Bool(false), "bob spoke") }
            #expect(error.code == .slowed && (3_590_000...3_600_000).contains(error.retryAfterMs ?? 0))
            for text in ["1", "2", "3"] { try await backend.publish(backend.draft(text, user: "ann"), to: room) }
            try await backend.publish(Self.policy(.slow, "0", by: "ann"), to: room)
            try await backend.publish(backend.draft("2", user: "bob"), to: room)
        }
    }

    @Test(arguments: 0..<12)
    func memoryAndRedisDecideAlike(seed: UInt64) async throws {
        var outcomes: [[String]] = []
        var rules: [[RoomName: RoomRules]] = []
        let rooms = [Self.privateRoom, Self.directRoom, Self.openRoom].compactMap(\.self)
        for kind in [TestedBackend.Kind.memory, .redis] {
            var generator = SeededGenerator(seed: seed)
            try await TestedBackend.with(kind) { backend in
                var outcome: [String] = []
                var said: [RoomName: [MessageID]] = [:]
                for step in 0..<400 {
                    let room = rooms.randomElement(using: &generator) ?? .lobby
                    let draft = Self.draft(step, in: room, said: said[room] ?? [], using: &generator)
                    let result = try await backend.publish([draft], to: room)[0]
                    if case .success(let receipt) = result, draft.act == nil {
                        said[room, default: []].append(receipt.position.id)
                    }
                    outcome.append("\(step) \(draft.act?.wire ?? "says") by \(draft.user): \(Self.outcome(result))")
                }
                outcomes.append(outcome)
                var final: [RoomName: RoomRules] = [:]
                for room in rooms {
                    let page = try await backend.read(.rules, of: room)
                    let read = page.rules ?? RoomRules()
                    #expect(page.head.rulesVersion == read.version)
                    // What the log says leads to the same.
                    var followed = RoomRules()
                    for entry in try await backend.entries(of: room) {
                        if case .room(let change) = entry.act { followed.apply(change, text: entry.text) }
                    }
                    #expect(followed == read.withoutInvitations, "\(kind) \(room)")
                    final[room] = RoomRules(followed, since: 0)
                }
                rules.append(final)
            }
        }
        for (memory, redis) in zip(outcomes[0], outcomes[1]) where memory != redis {
            #expect(memory.withoutIDs == redis.withoutIDs, "seed \(seed)")
        }
        for room in rooms { #expect(rules[0][room]?.summary == rules[1][room]?.summary, "seed \(seed) \(room)") }
    }

    private static func draft(
        _ step: Int, in room: RoomName, said: [MessageID], using generator: inout SeededGenerator
    ) -> MessageDraft {
        func one<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &generator)] }
        let (actor, other) = (one(users), one(users))
        switch Int.random(in: 0..<20, using: &generator) {
        case 0...6:
            let role = one(RoomRole.allCases)
            return Self.role(role, of: other, by: actor, one([.never, .never, .after(seconds: 3_600)]))
        case 7: return Self.role(one([.owner, .member]), of: one([actor, other]), by: actor, .never, .maker)
        case 8: return Self.role(one(RoomRole.allCases), of: other, by: actor, .never, .operator)
        case 9, 10:
            let link = Authority.invitation(
                OpenedInvitation(id: one(["a", "b"]), uses: one([1, 3]), endsAt: 1 << 50, inviter: UserID(other)))
            return Self.role(one([.member, .member, .moderator]), of: actor, by: actor, .never, link)
        case 11, 12:
            let (setting, value) = one([
                (RoomSetting.speak, "members"), (.speak, "everyone"), (.speak, "moderators"), (.slow, "600"),
                (.slow, "0"), (.title, "A Title"), (.topic, ""),
            ])
            return policy(setting, value, by: actor)
        case 13, 14:
            let id = said.randomElement(using: &generator) ?? .zero
            let (act, authority) = one([
                (MessageAct.edit(id), Authority.own), (.delete(id), .own), (.delete(id), .own),
                (.delete(id), .operator),
            ])
            return MessageDraft(
                user: UserID(actor), name: actor, text: "", key: "", act: act, authority: authority)
        case 15:
            let act = MessageAct.react(said.randomElement(using: &generator) ?? .zero, emoji: "👍", on: true)
            return MessageDraft(user: UserID(actor), name: actor, text: "", key: "", act: act)
        default: return MessageDraft(user: UserID(actor), name: actor, text: "\(step)", key: "")
        }
    }
}

extension TestedBackend {
    /// All entries of a room, page by page.
    fileprivate func entries(of room: RoomName) async throws -> [ChatMessage] {
        var entries: [ChatMessage] = []
        while true {
            let page = try await read(.forward(after: entries.last?.id ?? .zero, through: nil, limit: 200), of: room)
            entries += page.messages
            if !page.more { return entries }
        }
    }
}

extension RoomRules {
    /// Without what only the place that decides must know.
    fileprivate var withoutInvitations: RoomRules { RoomRules(self, since: 0) }

    fileprivate init(_ other: RoomRules, since: Int64) {
        self.init(
            version: other.version, speakers: other.speakers, slow: other.slow, title: other.title, topic: other.topic,
            grants: other.grants)
    }

    /// Without times, which differ.
    fileprivate var summary: [String] {
        let roles = grants.map { "\($0.key) \($0.value.role) \($0.value.until != nil)" }.sorted()
        return ["\(version) \(speakers) \(slow) \(title) \(topic)"] + roles
    }
}

extension String {
    /// Ids of messages differ by their times.
    fileprivate var withoutIDs: String { replacing(/\d+-(\d+)/) { "\($0.output.1)" } }
}
