import ChatModel
import Cluster
import TestSupport
import Testing

/// Addresses that are banned because a guest is, in Redis and in memory: `docs/protocol.md`, section 13.
@Suite struct AddressBanConformanceTests {
    private static let openRoom = RoomName("team") ?? .lobby
    private static let privateRoom = RoomName("_private-abcdefghijklmnopqrstuvwxyz") ?? .lobby
    private static let (home, office) = (AddressDigest("home"), AddressDigest("office"))

    private static func role(
        _ role: RoomRole, of user: String, _ end: RoleEnd = .never, by authority: Authority = .operator
    ) -> MessageDraft {
        MessageDraft(
            user: UserID(authority == .operator ? "op" : user), name: "", text: user, key: "",
            act: .room(.role(role, of: UserID(user), end)), authority: authority)
    }

    /// Why a guest may not read; `nil`: they may.
    private static func refusal(
        of user: String?, from address: AddressDigest?, in room: RoomName, _ backend: TestedBackend
    ) async throws -> RelayError.Code? {
        let readers: [LogReader] =
            [.history(of: "192.0.2.1", by: user.map { UserID($0) }, from: address)]
            + (user.map { [.member(UserID($0), from: address)] } ?? [])
        var codes: Set<RelayError.Code?> = []
        for reader in readers {
            do {
                _ = try await backend.read(.backward(before: nil, limit: 1), of: room, for: reader)
                codes.insert(nil)
            } catch let error as RelayError {
                codes.insert(error.code)
            }
        }
        return try #require(codes.count == 1 ? codes.first : nil)
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func anAddressIsBannedForAsLongAsTheGuestIs(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = Self.openRoom
            func refusal(_ user: String?, _ address: AddressDigest?) async throws -> RelayError.Code? {
                try await Self.refusal(of: user, from: address, in: room, backend)
            }
            #expect(try await !backend.ban(Self.home, becauseOf: "eve", in: room), "no such room")
            try await backend.publish(Self.role(.member, of: "bob"), to: room)
            #expect(try await !backend.ban(Self.home, becauseOf: "eve", in: room), "not banned")
            try await backend.publish(Self.role(.banned, of: "eve", .after(seconds: 3_600)), to: room)
            #expect(try await refusal("new", Self.home) == nil)
            for _ in 1...2 { #expect(try await backend.ban(Self.home, becauseOf: "eve", in: room)) }
            #expect(try await refusal("new", Self.home) == .banned)
            #expect(try await refusal(nil, Self.home) == .banned)
            #expect(try await refusal("new", Self.office) == nil)
            #expect(try await refusal("new", nil) == nil)
            #expect(try await refusal("bob", Self.home) == nil, "who has a role may")
            #expect(try await refusal("new", Self.home) == .banned)
            #expect(try await refusal("eve", nil) == .banned)
            #expect(try await Self.refusal(of: "new", from: Self.home, in: .lobby, backend) == nil)
            var draft = backend.draft("hello", user: "new")
            draft.address = Self.home
            await expectRelayError(.banned) { try await backend.publish(draft, to: room) }
            draft.address = Self.office
            try await backend.publish(draft, to: room)
            // The version of the rules does not change: nodes need not read them.
            #expect(try await backend.read(.rules, of: room).head.rulesVersion == 2)
            #expect(try await backend.read(.rules, of: room).rules?.grants.count == 2)

            try await backend.publish(Self.role(.none, of: "eve"), to: room)
            #expect(try await refusal("new", Self.home) == nil)
            try await backend.publish(Self.role(.banned, of: "eve"), to: room)
            #expect(try await refusal("new", Self.home) == nil, "a new ban is about new addresses")
            #expect(try await backend.ban(Self.home, becauseOf: "eve", in: room))
            // As if its time was over.
            try await backend.publish(Self.role(.banned, of: "eve", .at(1)), to: room)
            #expect(try await refusal("new", Self.home) == nil)
            #expect(try await refusal("eve", Self.home) == nil)
            #expect(try await !backend.ban(Self.home, becauseOf: "eve", in: room))
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func noInvitationLetsAGuestInFromABannedAddress(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = Self.privateRoom
            try await backend.publish(Self.role(.owner, of: "ann", by: .maker), to: room)
            try await backend.publish(Self.role(.banned, of: "eve"), to: room)
            #expect(try await backend.ban(Self.home, becauseOf: "eve", in: room))
            let link = Authority.invitation(
                OpenedInvitation(id: "link", uses: 9, endsAt: 1 << 50, inviter: UserID("ann")))
            var accept = Self.role(.member, of: "new", by: link)
            accept.address = Self.home
            #expect(try await backend.publish([accept], to: room) == [.failure(.noRight)])
            #expect(try await Self.refusal(of: "new", from: Self.home, in: room, backend) == .noRoom)
            accept.address = Self.office
            try await backend.publish(accept, to: room)
            #expect(try await Self.refusal(of: "new", from: Self.home, in: room, backend) == nil)
        }
    }

    @Test func anAddressThatGoesFromGuestToGuestLeavesNothingBehind() async throws {
        try await TestedBackend.withRedis { backend, server in
            for number in 1...30 {
                try await backend.publish(
                    Self.role(.banned, of: "g\(number)", .after(seconds: number * 60)), to: Self.openRoom)
                #expect(try await backend.ban(Self.home, becauseOf: "g\(number)", in: Self.openRoom))
            }
            let fields = try server.cli("HKEYS", "webchat:{\(Self.openRoom)}:rules").split(separator: "\n")
            #expect(fields.filter { $0.hasPrefix("b:") } == ["b:g30"])
        }
    }

    @Test(arguments: [TestedBackend.Kind.memory, .redis])
    func onlyTheLastAddressesOfAGuestCountAndSoManyOfARoom(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = Self.openRoom
            let guests = AddressBanLimits.mostOfRoom / AddressBanLimits.mostOfGuest
            for number in 0..<guests {
                try await backend.publish(Self.role(.banned, of: "g\(number)"), to: room)
                for address in 0...AddressBanLimits.mostOfGuest {
                    let digest = AddressDigest("\(number)-\(address)")
                    #expect(try await backend.ban(digest, becauseOf: "g\(number)", in: room))
                }
            }
            #expect(try await Self.refusal(of: nil, from: AddressDigest("7-0"), in: room, backend) == nil, "too old")
            #expect(try await Self.refusal(of: nil, from: AddressDigest("7-4"), in: room, backend) == .banned)
            try await backend.publish(Self.role(.banned, of: "eve"), to: room)
            #expect(try await !backend.ban(Self.home, becauseOf: "eve", in: room))
            #expect(try await backend.ban(AddressDigest("7-5"), becauseOf: "g7", in: room), "in place of an older one")
            #expect(try await backend.ban(AddressDigest("7-4"), becauseOf: "eve", in: room), "it is there already")
            // What has ended goes.
            try await backend.publish(Self.role(.banned, of: "g3", .at(1)), to: room)
            #expect(try await backend.ban(Self.home, becauseOf: "eve", in: room))
            for number in 0..<3 {
                let digest = AddressDigest("eve-\(number)")
                #expect(try await backend.ban(digest, becauseOf: "eve", in: room))
            }
            try await backend.publish(Self.role(.banned, of: "mallory"), to: room)
            #expect(try await !backend.ban(Self.office, becauseOf: "mallory", in: room))
            try await backend.publish(Self.role(.none, of: "g4"), to: room)
            #expect(try await backend.ban(Self.office, becauseOf: "mallory", in: room))
        }
    }

    @Test(arguments: 0..<10)
    func memoryAndRedisDecideAlike(seed: UInt64) async throws {
        var outcomes: [[String]] = []
        for kind in [TestedBackend.Kind.memory, .redis] {
            var generator = SeededGenerator(seed: seed)
            try await TestedBackend.with(kind) { backend in
                var outcome: [String] = []
                for room in [Self.openRoom, Self.privateRoom] {
                    try await backend.publish(Self.role(.owner, of: "ann", by: .maker), to: room)
                }
                for step in 0..<400 {
                    outcome.append("\(step) \(try await Self.step(on: backend, using: &generator))")
                }
                outcomes.append(outcome)
            }
        }
        for (memory, redis) in zip(outcomes[0], outcomes[1]) { try #require(memory == redis, "seed \(seed)") }
        #expect(outcomes[0].contains { $0.contains("may") } && outcomes[0].contains { $0.contains("banned") })
    }

    private static func step(
        on backend: TestedBackend, using generator: inout SeededGenerator
    ) async throws -> String {
        func one<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &generator)] }
        let room = one([openRoom, openRoom, privateRoom])
        let guest = one(["g1", "g2", "g3", "g4"])
        let addresses: [AddressDigest?] = (1...7).map { AddressDigest("a\($0)") } + [nil]
        let address = one(addresses)
        func publish(_ draft: MessageDraft) async throws -> String {
            switch try await backend.publish([draft], to: room)[0] {
            case .success: "taken"
            case .failure(let error): error.message
            }
        }
        switch Int.random(in: 0..<12, using: &generator) {
        case 0, 1:
            // Fixed times instead of durations: the two clocks differ.
            let end = one([RoleEnd.never, .never, .at(1 << 49), .at(1 << 50), .at(1)])
            return "ban \(guest) \(end) in \(room): \(try await publish(role(.banned, of: guest, end)))"
        case 2:
            let given = one([RoomRole.none, .none, .none, .member])
            return "\(given) for \(guest) in \(room): \(try await publish(role(given, of: guest)))"
        case 3...6:
            guard let address else { return "nothing" }
            let isBanned = try await backend.ban(address, becauseOf: guest, in: room)
            return "\(address) because of \(guest) in \(room): \(isBanned)"
        case 7:
            var draft = MessageDraft(user: UserID(guest), name: guest, text: "hello", key: "")
            draft.address = address
            return "\(guest) says from \(address as Any) in \(room): \(try await publish(draft))"
        case 8:
            let link = OpenedInvitation(
                id: one(["l", "m", "n"]), uses: 3, endsAt: 1 << 50, inviter: UserID("ann"))
            var draft = role(.member, of: guest, by: .invitation(link))
            draft.address = address
            return "\(guest) accepts from \(address as Any) in \(room): \(try await publish(draft))"
        default:
            let user = one([guest, nil])
            let code = try await refusal(of: user, from: address, in: room, backend)
            return "\(user as Any) from \(address as Any) in \(room): \(code?.rawValue ?? "may")"
        }
    }
}
