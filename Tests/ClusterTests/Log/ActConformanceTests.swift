import ChatModel
import Cluster
import TestSupport
import Testing

/// Edits, deletions and reactions, in Redis and in memory: `docs/protocol.md`, section 10.
@Suite struct ActConformanceTests {
    @Test(arguments: TestedBackend.Kind.allCases)
    func actsAreLogEntriesLikeMessages(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            let id = try await backend.publish(backend.draft("first")).position.id
            let acts: [MessageAct] = [
                .edit(id), .react(id, emoji: "👍", on: true), .react(id, emoji: "👍", on: false),
                .react(id, emoji: "❤️", on: true),
            ]
            for act in acts { try await backend.act(act, act == acts[0] ? "second\n" : "") }
            #expect(await eventually { backend.receiver.messages(of: .lobby).count >= 5 })
            let heard = backend.receiver.messages(of: .lobby)
            #expect(heard.map(\.id.seq) == Array(1...5))
            #expect(heard.map(\.act) == [nil] + acts)
            #expect(heard.map(\.text) == ["first", "second\n", "", "", ""])
            #expect(heard.allSatisfy { $0.state == nil })

            let read = try await backend.all()
            #expect(Array(read.dropFirst()) == Array(heard.dropFirst()))
            let reactions = [MessageReaction(emoji: "❤️", users: [UserID("u1")])]
            #expect(read[0] == heard[0].showing("second\n", .changed(edited: heard[1].id, reactions: reactions)))
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aPageShowsTheEffectOfActsOnOtherPages(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let ids = try await backend.publish((1...4).map { backend.draft("\($0)") }).map { try $0.get().position.id }
            try await backend.act(.edit(ids[0]), "one")
            let edit = try await backend.act(.edit(ids[0]), "uno")
            try await backend.act(.edit(ids[1]), "two")
            try await backend.act(.react(ids[1], emoji: "👍", on: true), by: "u2")
            try await backend.act(.delete(ids[1]))
            for (user, emoji) in [("u2", "🎉"), ("u3", "👍"), ("u4", "🎉")] {
                try await backend.act(.react(ids[2], emoji: emoji, on: true), by: user)
            }
            let page = try await backend.read(.backward(before: MessageID(ms: ids[3].ms, seq: 5), limit: 10)).messages
            #expect(page.map(\.text) == ["uno", "", "3", "4"])
            let states: [MessageState?] = [
                .changed(edited: edit, reactions: []), .deleted,
                .changed(
                    edited: nil,
                    reactions: [
                        .init(emoji: "🎉", users: [UserID("u2"), UserID("u4")]),
                        .init(emoji: "👍", users: [UserID("u3")]),
                    ]), nil,
            ]
            #expect(page.map(\.state) == states)

            // What an edit said is gone once there is a later one, or the message is deleted; its page need not hold it.
            let later = try await backend.read(.forward(after: ids[3], through: nil, limit: 10)).messages
            #expect(later.map(\.text) == ["", "uno", "", "", "", "", "", ""])
            #expect(later.allSatisfy { $0.act != nil && $0.state == nil })
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aReplyKeepsWhatItAnswersUntilItIsDeleted(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            let id = try await backend.publish(backend.draft("question")).position.id
            let elsewhere = MessageID(ms: .max, seq: .max)
            let results = try await backend.publish(
                [
                    backend.draft("answer", key: "k", re: id), backend.draft("again", key: "k"),
                    backend.draft("to nothing", re: elsewhere), backend.draft("no answer"),
                ], atOnce: 4)
            let answers = try results.map { try $0.get().position.id }
            try await backend.act(.edit(answers[0]), "better answer")
            try await backend.act(.delete(answers[2]))
            #expect(await eventually { backend.receiver.messages(of: .lobby).count >= 6 })
            let heard = backend.receiver.messages(of: .lobby)
            #expect(heard.map(\.re) == [nil, id, elsewhere, nil, nil, nil])
            let read = try await backend.all()
            #expect(read.map(\.re) == [nil, id, nil, nil, nil, nil])
            #expect(read.map(\.text) == ["question", "better answer", "", "no answer", "better answer", ""])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func actsAreRejectedForTheirTarget(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            func refused(
                _ act: MessageAct, by user: String = "u1", _ code: RelayError.Code,
                sourceLocation: SourceLocation = #_sourceLocation
            ) async {
                await expectRelayError(code, sourceLocation: sourceLocation) {
                    try await backend.act(act, "text", by: user)
                }
            }
            await refused(.edit(MessageID(ms: 1, seq: 1)), .notFound)
            #expect(try await backend.read(.head).head == .empty, "an act makes no room")
            let id = try await backend.publish(backend.draft("text")).position.id
            let edit = try await backend.act(.edit(id), "new")
            for act in [MessageAct.edit(edit), .delete(edit), .react(edit, emoji: "👍", on: true)] {
                await refused(act, .notFound)
            }
            for wrong in [MessageID.zero, MessageID(ms: .max, seq: .max), MessageID(ms: id.ms + 1, seq: 1)] {
                await refused(.react(wrong, emoji: "👍", on: true), .notFound)
            }
            await refused(.edit(id), by: "u2", .forbidden)
            await refused(.delete(id), by: "u2", .forbidden)
            try await backend.act(.react(id, emoji: "👍", on: false), by: "u2")
            try await backend.act(.delete(id))
            for act in [MessageAct.edit(id), .delete(id), .react(id, emoji: "👍", on: true)] {
                await refused(act, .notFound)
            }
            #expect(try await backend.all().map(\.id.seq) == [1, 2, 3, 4], "what is refused leaves nothing")
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aMessageTakesTwentyEmojiAndTwoHundredReactions(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let emoji = (0..<21).compactMap { Unicode.Scalar(0x1F600 + $0).map { String($0) } }
            let id = try await backend.publish(backend.draft("text")).position.id
            func react(_ emoji: String, by user: Int, on: Bool = true) async throws {
                try await backend.act(.react(id, emoji: emoji, on: on), by: "user \(user)")
            }
            func expectRefusal(_ emoji: String, by user: Int) async {
                await expectRelayError(.tooManyReactions) { try await react(emoji, by: user) }
            }
            for (index, one) in emoji.dropLast().enumerated() { try await react(one, by: index / 5) }
            await expectRefusal(emoji[20], by: 4)
            for user in 4...183 { try await react(emoji[user % 20], by: user) }
            await expectRefusal(emoji[0], by: 184)
            // What is there already changes nothing, and what goes makes room.
            try await react(emoji[5], by: 5)
            try await react(emoji[0], by: 0, on: false)
            try await react(emoji[0], by: 184)
            let page = try await backend.read(.forward(after: .zero, through: id, limit: 1))
            guard case .changed(nil, let reactions) = page.messages[0].state else {
                Issue.record("\(page.messages[0])")
                return
            }
            #expect(reactions.reduce(0) { $0 + $1.users.count } == MessageReaction.maximumCount)
            #expect(reactions.count == MessageReaction.maximumEmoji)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aRepeatedActGetsItsFirstAnswer(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let id = try await backend.publish(backend.draft("text", key: "k")).position.id
            let edit = try await backend.act(.edit(id), "new", key: "k2")
            let deletion = try await backend.act(.delete(id), key: "k3")
            #expect(try await backend.act(.edit(id), "new", key: "k2") == edit)
            #expect(try await backend.act(.delete(id), key: "k3") == deletion)
            #expect(try await backend.publish(backend.draft("text", key: "k")).position.id == id)
            #expect(try await backend.all().map(\.id) == [id, edit, deletion])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func messageStateGoesWithTheLog(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let old = try await backend.publish(backend.draft("old")).position.id
            try await backend.act(.delete(old))
            try backend.removeAll()
            await expectRelayError(.notFound) { try await backend.act(.delete(old)) }
            let new = try await backend.publish(backend.draft("new")).position.id
            #expect(try await backend.all().map(\.state) == [nil])
            try await backend.act(.react(new, emoji: "👍", on: true))
            #expect(try await backend.all()[0].text == "new")
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func onlyTrimmedMessagesTakeNoActs(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind, configuration: .rooms { $0.messages = 10 }) { backend in
            let first = try await backend.publish(backend.draft("first")).position.id
            try await backend.act(.edit(first), "changed")
            for result in try await backend.publish((1...300).map { backend.draft("\($0)") }) { _ = try result.get() }
            await expectRelayError(.notFound) { try await backend.act(.edit(first), "again") }
            let last = try #require(try await backend.read(.backward(before: nil, limit: 1)).messages.first)
            let edit = try await backend.act(.edit(last.id), "the last")
            let page = try await backend.read(.backward(before: nil, limit: 2)).messages
            #expect(page[0] == last.showing("the last", .changed(edited: edit, reactions: [])))
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aMemberHasAtMostFiveEmojiOnAMessage(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let id = try await backend.publish(backend.draft("text")).position.id
            let emoji = ["👍", "🎉", "😂", "🙏", "👀", "🚀"]
            for one in emoji.dropLast() { try await backend.act(.react(id, emoji: one, on: true), by: "u2") }
            await expectRelayError(.tooManyReactions) {
                try await backend.act(.react(id, emoji: emoji[5], on: true), by: "u2")
            }
            try await backend.act(.react(id, emoji: emoji[0], on: true), by: "u2")
            try await backend.act(.react(id, emoji: emoji[5], on: true), by: "u3")
            try await backend.act(.react(id, emoji: emoji[0], on: false), by: "u2")
            try await backend.act(.react(id, emoji: emoji[5], on: true), by: "u2")
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func anEmojiWithAndWithoutSelectorsIsOneReaction(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let id = try await backend.publish(backend.draft("text")).position.id
            func react(_ emoji: String, by user: String, on: Bool = true) async throws {
                try await backend.act(.react(id, emoji: emoji, on: on), by: user)
            }
            func reactions() async throws -> [MessageReaction] {
                guard case .changed(_, let reactions) = try await backend.all()[0].state else { return [] }
                return reactions
            }
            // As nodes of earlier versions handed them on.
            for selectors in 0...6 {
                try await react("👍" + String(repeating: "\u{FE0F}", count: selectors), by: "u1")
            }
            try await react("👍\u{FE0F}", by: "u2")
            for heart in ["❤️", "❤"] { try await react(heart, by: "u1") }
            let users = [UserID("u1"), UserID("u2")]
            let heart = MessageReaction(emoji: "❤️", users: [UserID("u1")])
            #expect(try await reactions() == [MessageReaction(emoji: "👍", users: users), heart])
            for user in ["u1", "u2"] { try await react("👍\u{FE0F}\u{FE0F}", by: user, on: false) }
            #expect(try await reactions() == [heart])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func noPageContainsTextFromBeforeTheLastEdit(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let id = try await backend.publish(backend.draft("secret 0")).position.id
            for number in 1...4 { try await backend.act(.edit(id), number < 4 ? "secret \(number)" : "last") }
            try await backend.act(.react(id, emoji: "👍", on: true))
            let all = try await backend.all()
            #expect(all.map(\.text) == ["last", "", "", "", "last", ""])
            for limit in 1...6 {
                var before: MessageID?
                repeat {
                    let page = try await backend.read(.backward(before: before, limit: limit))
                    #expect(page.messages.allSatisfy { !$0.text.contains("secret") })
                    before = page.more ? page.reached : nil
                } while before != nil
            }
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func editsOfATrimmedMessageHaveNoText(kind: TestedBackend.Kind) async throws {
        // Redis trims whole nodes of its radix tree, of 100 entries.
        try await TestedBackend.with(kind, configuration: .rooms { $0.messages = 150 }) { backend in
            func publish(_ count: Int) async throws -> MessageID? {
                try await backend.publish((0..<count).map { backend.draft("\($0)") }).map { try $0.get() }.last?
                    .position.id
            }
            let id = try await backend.publish(backend.draft("first")).position.id
            _ = try await publish(119)
            let edit = try await backend.act(.edit(id), "secret")
            try await backend.act(.delete(id))
            let last = try #require(try await publish(138))
            try await backend.act(.react(last, emoji: "👍", on: true))
            #expect(try await backend.read(.head).head.first.map { $0 > id && $0 < edit } == true)
            let page = try await backend.read(.forward(after: .zero, through: edit, limit: 200))
            #expect(page.messages.last?.id == edit && page.messages.last?.text == "")
        }
    }

    /// What a client shows that follows the rules of section 10, from what it hears.
    private struct Shown: Equatable {
        var text: String
        var re: UInt64?
        var edited: UInt64 = 0
        var isDeleted = false
        var reactions: Set<String> = []

        init(_ message: ChatMessage) {
            text = message.text
            re = message.re?.seq
            switch message.state {
            case nil: break
            case .deleted: isDeleted = true
            case .changed(let edited, let groups):
                self.edited = edited?.seq ?? 0
                for group in groups { for user in group.users { reactions.insert("\(group.emoji) \(user)") } }
            }
        }

        mutating func apply(_ message: ChatMessage) {
            guard !isDeleted, let act = message.act else { return }
            switch act {
            case .edit:
                if message.id.seq > edited, !message.text.isEmpty { (text, edited) = (message.text, message.id.seq) }
            case .delete: (text, re, edited, isDeleted, reactions) = ("", nil, 0, true, [])
            case .react(_, let emoji, true): reactions.insert("\(emoji) \(message.user)")
            case .react(_, let emoji, false): reactions.remove("\(emoji) \(message.user)")
            case .room, .other: break
            }
        }
    }

    @Test func liveMembersAndLateReadersConverge() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var seen: [[UInt64: Shown]] = []
        var outcomes: [[String]] = []
        for kind in TestedBackend.Kind.allCases {
            var generator = SeededGenerator(seed: seed)
            try await TestedBackend.with(kind) { backend in
                try await backend.subscribe()
                var ids: [MessageID] = []
                var early: [ChatMessage] = []
                var outcome: [String] = []
                for step in 0..<300 {
                    let user = "u\(Int.random(in: 1...3, using: &generator))"
                    let emoji = ["👍", "❤️", "🎉"].randomElement(using: &generator) ?? "👍"
                    let choice = Int.random(in: 0..<12, using: &generator)
                    let target = ids.randomElement(using: &generator)
                    let act: MessageAct? =
                        switch (choice, target) {
                        case (0...2, _), (_, nil): nil
                        case (3...5, let target?): .edit(target)
                        case (6, let target?): .delete(target)
                        case (_, let target?): .react(target, emoji: emoji, on: choice < 10)
                        }
                    let draft = MessageDraft(
                        user: UserID(user), name: user, text: act == nil || choice < 6 ? "text \(step)" : "", key: "",
                        act: act, re: act == nil && choice > 0 ? target : nil)
                    do {
                        ids.append(try await backend.publish(draft).position.id)
                        outcome.append("\(ids.count)")
                    } catch let error as RelayError {
                        outcome.append(error.code.rawValue)
                    }
                    if step == 150 {
                        early = try await backend.read(.forward(after: .zero, through: nil, limit: 100)).messages
                    }
                }
                #expect(await eventually { backend.receiver.messages(of: .lobby).count == ids.count })
                let heard = backend.receiver.messages(of: .lobby)

                var live: [UInt64: Shown] = [:]
                for message in heard where message.act == nil { live[message.id.seq] = Shown(message) }
                // The state holds more than the page: what is heard is applied again, and changes nothing in the end.
                var resumed = live
                for message in early where message.act == nil { resumed[message.id.seq] = Shown(message) }
                for message in heard {
                    guard let seq = message.act?.target.seq else { continue }
                    live[seq]?.apply(message)
                    resumed[seq]?.apply(message)
                }
                var read: [UInt64: Shown] = [:]
                for message in try await backend.pagesForward(limit: 40).flatMap(\.messages) where message.act == nil {
                    read[message.id.seq] = Shown(message)
                }
                #expect(read == live, "seed \(seed)")
                #expect(resumed == live, "seed \(seed)")
                seen.append(read)
                outcomes.append(outcome)
            }
        }
        #expect(seen[0] == seen[1], "seed \(seed)")
        #expect(outcomes[0] == outcomes[1], "seed \(seed)")
        let codes = Set(outcomes[0])
        #expect(codes.contains("notFound") && codes.contains("forbidden"), "seed \(seed): everything happens")
    }
}
