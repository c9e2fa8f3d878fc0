import ChatModel
import Cluster
import TestSupport
import Testing

/// What rooms rely on, in Redis and in memory.
@Suite struct RelayConformanceTests {
    @Test(arguments: TestedBackend.Kind.allCases)
    func messagesAreNumberedWithoutGapsAndDeliveredAsLogged(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            let drafts = (1...50).map { backend.draft("message \($0)", key: "k\($0)") }
            let receipts = try await backend.publish(drafts).map { try $0.get() }
            #expect(receipts.map(\.position.id.seq) == Array(1...50))
            #expect(Set(receipts.map(\.position.epoch)).count == 1)
            #expect(receipts.allSatisfy { !$0.duplicate })

            #expect(await eventually { backend.receiver.messages(of: .lobby).count >= 50 })
            let heard = backend.receiver.messages(of: .lobby)
            #expect(try await heard == backend.all())
            #expect(heard.map(\.text) == drafts.map(\.text))
            #expect(heard.map(\.id) == receipts.map(\.position.id))
            #expect(zip(heard, heard.dropFirst()).allSatisfy { $0.id < $1.id && $0.id.ms <= $1.id.ms })
            let sources = backend.receiver.sources(of: .lobby)
            #expect(sources.allSatisfy { $0.origin == "n1" && $0.epoch == receipts[0].position.epoch })
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aKeySentTwiceByOneUserIsOneMessage(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            let first = try await backend.publish(backend.draft("a", key: "k"))
            try await backend.publish(backend.draft("b", key: "other"))
            let second = try await backend.publish(backend.draft("a", key: "k"))
            #expect(second == PublishReceipt(position: first.position, duplicate: true))
            #expect(try await backend.publish(backend.draft("c", user: "u2", key: "k")).position.id.seq == 3)
            let room = try #require(RoomName("other"))
            #expect(try await backend.publish(backend.draft("a", key: "k"), to: room).position.id.seq == 1)
            #expect(try await backend.publish(backend.draft("d")).position.id.seq == 4)
            #expect(try await backend.publish(backend.draft("d")).position.id.seq == 5)
            #expect(await eventually { backend.receiver.messages(of: .lobby).count >= 5 })
            #expect(backend.receiver.messages(of: .lobby).map(\.text) == ["a", "b", "c", "d", "d"])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aKeyIsForgottenWhenItExpires(kind: TestedBackend.Kind) async throws {
        var configuration = ClusterConfiguration()
        configuration.rooms.dedupeSeconds = 1
        try await TestedBackend.with(kind, configuration: configuration) { backend in
            let first = try await backend.publish(backend.draft("a", key: "k"))
            try await backend.outliveKeys()
            let second = try await backend.publish(backend.draft("a", key: "k"))
            #expect(!second.duplicate)
            #expect(second.position.id.seq == first.position.id.seq + 1)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aRoomBeginsANewEpochAfterAFlush(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.publish(backend.draft("a", key: "k"))
            let before = try await backend.publish(backend.draft("b"))
            try backend.removeAll()
            #expect(try await backend.read(.head).head == .empty)
            let after = try await backend.publish(backend.draft("a", key: "k"))
            #expect(!after.duplicate)
            #expect(after.position.id.seq == 1)
            #expect(after.position.epoch.random != before.position.epoch.random)
            let head = try await backend.read(.head).head
            #expect(head.position == after.position)
            #expect(!head.recovers(before.position))
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func textIsKeptByteByByte(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            let texts = [
                "", " ", "\n\r\n\0\u{1}", "%s %d $1 ]] --", "Zoë 👩‍👩‍👧 العربية \u{202E}", "{}[]\"\\",
                String(repeating: "x", count: 64_000),
            ]
            for text in texts { try await backend.publish(backend.draft(text, user: text, name: text, key: text)) }
            #expect(await eventually { backend.receiver.messages(of: .lobby).count >= texts.count })
            let heard = backend.receiver.messages(of: .lobby)
            for (message, text) in zip(heard, texts) {
                #expect(
                    [message.text, message.name, message.key, message.user.description] == [text, text, text, text])
            }
            #expect(try await heard == backend.all())
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aPlainClientsFormIsKept(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            let forms = [
                nil, PlainForm(kind: .message, ts: "1"), PlainForm(kind: .chat, ts: nil),
                PlainForm(kind: .message, ts: "\" a b \""),
            ]
            for form in forms { try await backend.publish(backend.draft("text", plain: form)) }
            #expect(await eventually { backend.receiver.messages(of: .lobby).count >= forms.count })
            #expect(backend.receiver.messages(of: .lobby).map(\.plain) == forms)
            #expect(try await backend.all().map(\.plain) == forms)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func signalsAreDeliveredButNotLogged(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            let user = User(id: UserID("u1"), name: "Zoë\n")
            let signals: [RoomSignal] = [
                .typing(user), .renamed(user), .named(user),
                .presence(node: backend.node, joined: [user], left: [UserID("u2")]),
            ]
            for signal in signals { try await backend.signal(signal) }
            #expect(await eventually { backend.receiver.signals(of: .lobby) == signals })
            #expect(try await backend.read(.head).head == .empty)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func everyNodeWithTheRoomGetsAQuestionAndTheAskerItsAnswer(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let question = JourneyQuestion(message: MessageID(ms: 1, seq: 2), asker: backend.node.name, number: 3)
            #expect(try await backend.ask(question) == 0)
            try await backend.subscribe()
            #expect(try await backend.ask(question) == 1)
            let answer = JourneyAnswer(room: .lobby, number: 3, node: backend.node.name, stop: nil)
            try await backend.answer(answer, to: backend.node.name)
            #expect(await eventually { backend.receiver.signals(of: .lobby) == [.asked(question), .answered(answer)] })
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func onlySubscribedRoomsAreDelivered(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let room = try #require(RoomName("side"))
            try await backend.publish(backend.draft("too early"))
            try await backend.subscribe()
            try await backend.subscribe(to: room)
            try await backend.publish(backend.draft("one"))
            try await backend.unsubscribe()
            try await backend.subscribe()
            try await backend.publish(backend.draft("two"))
            #expect(await eventually { backend.receiver.messages(of: .lobby).count >= 2 })
            try await backend.unsubscribe()
            try await backend.unsubscribe()
            // In a Redis Cluster the other room's subscription says nothing of this one's end.
            let question = JourneyQuestion(message: MessageID(ms: 1, seq: 2), asker: backend.node.name, number: 3)
            #expect(await eventually { (try? await backend.ask(question)) == 0 })
            try await backend.subscribe(to: room)
            try await backend.publish(backend.draft("too late"))
            try await backend.publish(backend.draft("last"), to: room)
            #expect(await eventually { backend.receiver.messages(of: room).count >= 1 })
            #expect(backend.receiver.messages(of: .lobby).map(\.text) == ["one", "two"])
        }
    }
}
