import ChatModel
import Testing

@testable import Cluster

@Suite struct LiveWireTests {
    private static let awkward = User(id: UserID("u 1\n"), name: "Zoë 👩‍👩‍👧 \n\0 3 4")

    private static func answer(_ stop: JourneyStop?) -> JourneyAnswer {
        JourneyAnswer(room: .lobby, number: 9, node: "n1", stop: stop)
    }

    @Test(
        arguments: [
            .typing(awkward), .renamed(awkward), .named(awkward), .typing(User(id: UserID(""), name: "")),
            .presence(node: NodeIncarnation(name: "a.b-c", generation: .max), joined: [], left: []),
            .presence(
                node: NodeIncarnation(name: "n1", generation: 1), joined: [awkward, User(id: UserID("x"), name: "")],
                left: [UserID("y"), awkward.id]),
            .asked(JourneyQuestion(message: MessageID(ms: .max, seq: 3), asker: "a.b-c", number: .max)),
            .deleted, .answered(answer(nil)),
            .answered(answer(JourneyStop(heardAt: nil, fanOut: 1, sockets: 2, start: nil))),
            .answered(
                answer(
                    JourneyStop(
                        heardAt: LogTime(microseconds: 1 << 53, within: 7), fanOut: 1, sockets: 2,
                        start: JourneyStart(waited: 3, confirmed: 4, returned: 5)))),
        ] as [RoomSignal])
    func signalsSurviveARoundTrip(signal: RoomSignal) throws {
        guard case .signal(let read) = try #require(LiveWire.parse(LiveWire.encode(signal))) else {
            Issue.record("a signal was read as a message")
            return
        }
        #expect(read == signal)
    }

    @Test(
        arguments: [
            .added(room: .lobby, by: awkward), .linked,
            .read(
                ReadPosition(
                    room: .lobby,
                    position: RoomPosition(epoch: Epoch(random: 1, tag: 2), id: MessageID(ms: .max, seq: 3))),
                origin: SocketOrigin(node: "a b\n", socket: SocketID(.max))),
        ] as [UserNews])
    func newsForUsersSurvivesARoundTrip(news: UserNews) throws {
        let payload = LiveWire.encode(news, for: Self.awkward.id)
        let read = try #require(LiveWire.parseNews(payload))
        #expect(read.user == Self.awkward.id && read.news == news)
        // On a room's channel it is none.
        #expect(LiveWire.parse(payload) == nil)
        for length in 0..<payload.count { #expect(LiveWire.parseNews(Array(payload.prefix(length))) == nil) }
    }

    @Test func messagesAreParsedAsTheScriptWritesThem() throws {
        let payload = "M n1 0000000000000abc.00000001 1700-3 1699 2 4 1 7 6\nu1Zoëkhi\n Bobchat 1"
        guard case .message(let message, let epoch, let origin) = try #require(LiveWire.parse(Array(payload.utf8)))
        else {
            Issue.record("a message was read as a signal")
            return
        }
        #expect(origin == "n1")
        #expect(epoch == Epoch(random: 0xABC, tag: 1))
        #expect(
            message
                == ChatMessage(
                    id: MessageID(ms: 1700, seq: 3), user: UserID("u1"), name: "Zoë", text: "hi\n Bob", key: "k",
                    ts: 1699, plain: PlainForm(kind: .chat, ts: "1")))
    }

    @Test func filesAreParsedAsTheScriptWritesThem() throws {
        let wire = "aaaaaaaaaaaaaaaaaaaaaaaaaa image/png 5 3 4 a ü.png"
        for (re, rest) in [("", ""), ("1700-2", " 3")] {
            let payload =
                "M n1 0000000000000abc.00000001 1700-4 1699 2 1 1 2 0 + \(re.utf8.count) \(wire.utf8.count)\(rest)\n"
                + "u1nkhi\(re)\(wire)" + (rest.isEmpty ? "" : "new")
            guard case .message(let message, _, _) = try #require(LiveWire.parse(Array(payload.utf8))) else {
                Issue.record("a message was read as a signal")
                return
            }
            #expect(message.files.wire == wire && message.files.count == 1 && message.re == MessageID(re))
        }
    }

    @Test func actsAreParsedAsTheScriptWritesThem() throws {
        let act = MessageAct.react(MessageID(ms: 1700, seq: 3), emoji: "👍", on: true)
        let payload = "M n1 0000000000000abc.00000001 1700-4 1699 2 1 1 0 0 \(act.wire.utf8.count)\nu1nk\(act.wire)"
        guard case .message(let message, _, _) = try #require(LiveWire.parse(Array(payload.utf8))) else {
            Issue.record("an act was read as a signal")
            return
        }
        #expect(message.act == act && message.text.isEmpty && message.plain == nil)
    }

    @Test func repliesAreParsedAsTheScriptWritesThem() throws {
        func re(_ payload: String) -> MessageID?? {
            guard case .message(let message, _, _) = LiveWire.parse(Array(payload.utf8)) else { return nil }
            return .some(message.re)
        }
        let header = "M n1 0000000000000abc.00000001 1700-4 1699 2 1 1 2 0"
        #expect(re(header + " + 6\nu1nkhi1700-3") == .some(MessageID(ms: 1700, seq: 3)))
        #expect(re(header + " + 6 3\nu1nkhi1700-3new") == .some(MessageID(ms: 1700, seq: 3)))
        #expect(re(header + "\nu1nkhi") == .some(nil))
        // Nobody writes it; the message counts.
        #expect(re(header + " + 3\nu1nkhi170") == .some(nil))
        for malformed in [" + 7\nu1nkhi1700-3", " + x\nu1nkhi", " + 6 + 1\nu1nkhi1700-3a"] {
            #expect(re(header + malformed) == nil)
        }
    }

    @Test(
        arguments: [
            .edit(MessageID(ms: .max, seq: 1)), .delete(.zero), .react(.zero, emoji: "❤️", on: true),
            .react(.zero, emoji: "👍", on: false), .react(.zero, emoji: "🏽", on: true),
        ] as [MessageAct])
    func actsSurviveARoundTrip(_ act: MessageAct) {
        #expect(MessageAct(wire: act.wire) == act)
    }

    @Test(arguments: [
        "", "edit", "edit x", "edit 1-1 more", "delete 1", "react 1-1", "react 1-1 👍", "react 1-1 * 👍", "pin",
        "pin x", "Pin 1-1",
    ])
    func invalidActsAreRejected(_ wire: String) {
        #expect(MessageAct(wire: wire) == nil)
    }

    @Test(arguments: [
        "", "\n", "M", "X 1 1\nab", "T 1 1", "T 1 1\n", "T 1 1\na", "T 1 1\nabc", "T 1\na", "T 1 1 1\nabc",
        "T -1 1\na", "T 9223372036854775807 9223372036854775807\nab", "T 99999999999999999999 1\na", "T 1  1\nab",
        "P n1.1 1 0\n", "P n1 0 0\n", "P n1.1 -1 0\n", "P n1.1 9223372036854775807 0 1 1\nab", "P n1.1 0 1 1 1\nab",
        "M n1 0 1-1 1 1 1 1 1 1\nabcde", "M n1 0000000000000abc.00000001 1 1 1 1 1 1 1\nabcde",
        "M n1 0000000000000abc.00000001 1-1 x 1 1 1 1 1\nabcde",
        "M n1 0000000000000abc.00000001 1-1 1 1 1 1 1\nabcd",
        "M n1 0000000000000abc.00000001 1-1 1 1 1 1 1 0 0\nabcd",
        "Q\n", "Q n1 1\n", "Q n1 1 1\n", "Q n1 -1 1-1\n", "Q n/1 1 1-1\n", "Q n1 1 1-1 1\n", "Q n1 1 1-1\na",
        "A lobby 1\n", "A _x 1 n1\n", "A lobby x n1\n", "A lobby 1 n/1\n", "A lobby 1 n1 1\n",
        "A lobby 1 n1 1 1 1\n",
        "A lobby 1 n1 x 1 1 1\n", "A lobby 1 n1 1 1 -1 1\n", "A lobby 1 n1 9223372036854775807 1 1 1\n",
        "A lobby 1 n1 1 1 1 1 1\n", "A lobby 1 n1 1 1 1 1 1 1 1 1\n", "A lobby 1 n1 1 1 1 9223372036854775807\n",
    ])
    func malformedPayloadsAreRejected(payload: String) {
        #expect(LiveWire.parse(Array(payload.utf8)) == nil)
    }

    @Test func fieldsOfALaterVersionAreSkipped() {
        let payloads = [
            "T 1 1\nab", "Q n1 1 1-1\n", "A lobby 1 n1\n", "A lobby 1 n1 1 1 1 1\n", "P n1.1 0 1 1\nb",
            "M n1 0000000000000abc.00000001 1-1 1 1 1 1 1 0\nabcd",
            "M n1 0000000000000abc.00000001 1-2 1 1 1 1 0 0 10\nabcdelete 1-1",
            "M n1 0000000000000abc.00000001 1-2 1 1 1 1 0 0 7\nabcpin 1-1",
        ]
        for payload in payloads {
            let known = LiveWire.parse(Array(payload.utf8))
            let longer = Array(payload.replacing("\n", with: " + 0 0 3 1\n").utf8) + [0xFF, 0x0A, 0x20, 0x41]
            #expect(known != nil && "\(known as Any)" == "\(LiveWire.parse(longer) as Any)", "\(payload)")
            #expect(LiveWire.parse(longer + [0x41]) == nil, "bytes without a length")
            #expect(LiveWire.parse(Array(longer.dropLast())) == nil, "a length without bytes")
        }
    }

    @Test func invalidTextIsRejected() {
        #expect(LiveWire.parse(Array("T 1 1\na".utf8) + [0xFF]) == nil)
    }

    @Test func randomBytesNeverTrap() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("MTRPQA 0123456789-.\nab".utf8)
        for _ in 0..<20_000 {
            let payload = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            _ = LiveWire.parse(payload)
        }
    }

    @Test(arguments: [
        PlainForm(kind: .chat, ts: nil), PlainForm(kind: .message, ts: "1.5e3"),
        PlainForm(kind: .chat, ts: "\"a b \""),
    ])
    func thePlainFormSurvivesARoundTrip(form: PlainForm) {
        #expect(PlainForm(wire: form.wire) == form)
        #expect(PlainForm(wire: "other 1") == nil)
        #expect(PlainForm(wire: "chat") == nil)
    }
}
