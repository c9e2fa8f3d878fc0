import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing

/// Words from all of Unicode, all the way: a client's frame, the log, a page of history, and what a client reads in it.
@Suite struct WordsConformanceTests {
    private struct Said {
        let user: UserID
        let name: String
        let frame: ClientFrame
    }

    /// Frames that a node takes, in any legal form of JSON.
    private static func conversation(_ count: Int, using any: inout AnyText) -> [Said] {
        var said: [Said] = []
        while said.count < count {
            let text = any.anything(longest: said.count.isMultiple(of: 16) ? MessageText.maximumLength : 40)
            // Two messages with one key would be one message.
            let key = "\(said.count) " + any.anything(longest: ClientFrame.maximumKeyLength - 4)
            guard let name = UserName(any.anything(longest: UserName.maximumLength)) else { continue }
            let json = #"{"type":"chat","room":"lobby","key":\#(any.json(key)),"text":\#(any.json(text))}"#
            guard let frame = try? ClientFrame(parsing: ByteBuffer(string: json)) else { continue }
            said.append(Said(user: UserID("u\(said.count % 3)"), name: name.description, frame: frame))
        }
        return said
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func textSurvivesTheWholePathUnchanged(kind: TestedBackend.Kind) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var any = AnyText(seed: seed)
        let said = Self.conversation(160, using: &any)
        let emoji = (0..<said.count).map { _ in any.emoji() }
        try await TestedBackend.with(kind) { backend in
            try await backend.subscribe()
            var wanted: [ChatMessage] = []
            for (index, one) in said.enumerated() {
                guard case .chat(_, let text, let key, _, _) = one.frame else { continue }
                let draft = MessageDraft(user: one.user, name: one.name, text: text, key: key)
                let id = try await backend.publish(draft).position.id
                wanted.append(ChatMessage(draft, id: id, ts: 0))
                guard let emoji = Emoji.one(emoji[index]) else { continue }
                let reaction = MessageDraft(
                    user: one.user, name: one.name, text: "", key: "",
                    act: .react(id, emoji: emoji, on: true))
                let act = try await backend.publish(reaction).position.id
                wanted.append(ChatMessage(reaction, id: act, ts: 0))
            }
            #expect(await eventually { backend.receiver.messages(of: .lobby).count == wanted.count })
            expectSame(backend.receiver.messages(of: .lobby), wanted, "live, seed \(seed)")

            var read: [ChatMessage] = []
            for page in try await backend.pagesForward() {
                let history = ServerFrame.History(
                    room: .lobby, position: page.head.position, messages: page.messages, more: page.more)
                var buffer = ByteBuffer()
                ServerFrame.history(history).encode(into: &buffer)
                guard case .history(let parsed) = try ServerFrame(parsing: buffer) else { return }
                #expect(parsed == history, "seed \(seed)")
                read += parsed.messages
            }
            expectSame(read, wanted, "read, seed \(seed)")
            for (message, entry) in zip(read, wanted) where message.act == nil {
                guard case .changed(_, let reactions) = message.state else { continue }
                #expect(reactions.first?.emoji == Emoji.normal(reactions.first?.emoji ?? ""), "seed \(seed)")
                #expect(reactions.map(\.users) == [[entry.user]], "seed \(seed)")
            }
        }
    }

    /// Scalar by scalar: to `==`, composed and decomposed forms are the same.
    private func expectSame(
        _ found: [ChatMessage], _ wanted: [ChatMessage], _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        func bytes(_ message: ChatMessage) -> [[UInt8]] {
            var emoji = ""
            if case .react(_, let its, _) = message.act { emoji = its }
            let words = [
                message.id.description, message.user.description, message.name, message.key, message.text, emoji,
            ]
            return words.map { Array($0.utf8) }
        }
        #expect(found.map(bytes) == wanted.map(bytes), comment, sourceLocation: sourceLocation)
    }

    @Test func actsOfALaterVersionAreKeptAndDoNothing() async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.subscribe()
            let id = try await backend.publish(backend.draft("text")).position.id
            // The script of this version does not judge what it does not know; a later one's writes the same form.
            let pin = try #require(ActKind("pin").map { MessageAct.other($0, id) })
            let head = try await backend.read(.head).head.position
            let next = MessageID(ms: head.id.ms, seq: head.id.seq + 1)
            try server.cli(
                "XADD", "webchat:{lobby}:log", next.description, "user", "u9", "name", "Nine", "key", "k", "ts", "1",
                "text", "what", "act", "pin \(id) until noon", "more", "of it")
            try server.cli("HSET", "webchat:{lobby}:head", "ms", "\(next.ms)", "seq", "\(next.seq)")
            let after = try await backend.publish(backend.draft("after")).position.id
            let all = try await backend.all()
            #expect(all.map(\.id) == [id, next, after])
            #expect(all[1].act == pin && all[1].text.isEmpty && all[0].state == nil)

            var buffer = ByteBuffer()
            ServerFrame.chat(room: .lobby, epoch: head.epoch, message: all[1]).encode(into: &buffer)
            #expect(try ServerFrame(parsing: buffer) == .chat(room: .lobby, epoch: head.epoch, message: all[1]))
            #expect(String(buffer: buffer).contains(#""act":"pin","target":"\#(id)""#))
        }
    }
}
