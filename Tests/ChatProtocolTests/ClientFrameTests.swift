import ChatModel
import ChatProtocol
import NIOCore
import Testing

@Suite struct ClientFrameTests {
    private static let device = PushDevice(
        endpoint: "https://push.example/\"1\"", publicKey: "p", secret: "s", serverKey: "k",
        levels: [.lobby: .mentions, RoomName("den")!: .all, RoomName("attic")!: .nothing])
    private static let lobby = RoomName.lobby
    private static let position = RoomPosition(
        epoch: Epoch(random: 0x0123_4567_89AB_CDEF, tag: 7), id: MessageID(ms: 12, seq: 3))

    @Test(
        arguments: [
            .hello(token: nil, name: nil), .hello(token: "t", name: "Ada"), .join(room: lobby, since: nil),
            .join(room: lobby, since: .position(position)), .join(room: lobby, since: .foreign), .leave(room: lobby),
            .chat(room: lobby, text: "\"quoted\"\n\tand \\ é 😀", key: "k"),
            .chat(room: lobby, text: "a", key: "k", re: position.id), .typing(room: lobby), .rename(name: "Ada"),
            .history(room: lobby, .before(nil), limit: 50), .history(room: lobby, .before(position.id), limit: 1),
            .history(room: lobby, .after(position.id), limit: 200),
            .search(room: lobby, .init(SearchQuery("\"größe\" from:ada")!, before: nil, key: nil)),
            .search(room: lobby, .init(SearchQuery("x")!, before: position.id, key: "k")),
            .ping(at: nil), .ping(at: "1.50"), .act(.edit(position.id), room: lobby, text: "\"new\"\n", key: "k"),
            .act(.delete(position.id), room: lobby, text: "", key: "k"),
            .act(.react(position.id, emoji: "👍🏽", on: true), room: lobby, text: "", key: "k"),
            .act(.react(position.id, emoji: "❤️", on: false), room: lobby, text: "", key: "k"),
            .trace(room: lobby, id: position.id, key: "k"),
            .act(.room(.role(.banned, of: UserID("u-1"), .after(seconds: 60))), room: lobby, text: "Bob", key: "k"),
            .act(.room(.role(.none, of: UserID("u-1"), .never)), room: lobby, text: "Bob", key: "k"),
            .act(.room(.policy(.topic)), room: lobby, text: "", key: "k"),
            .act(.room(.policy(.slow)), room: lobby, text: "21600", key: "k"),
            .rooms(.create(.open(RoomName("team")!), title: "", key: "k")),
            .rooms(.create(.private, title: "A Größe", key: "k")),
            .rooms(.create(.direct(User(id: UserID("u2"), name: "Bob")), title: "", key: "k")),
            .rooms(.roles(lobby)), .rooms(.invite(lobby, uses: 1_000, seconds: 60, key: "k")),
            .rooms(.inspect(token: "t", key: "k")), .rooms(.accept(token: "t", key: "k")), .rooms(.list),
            .devices(.read(ReadPosition(room: lobby, position: position))), .devices(.reads), .devices(.link(key: "k")),
            .devices(.push(device, key: "k")), .devices(.endPush(endpoint: device.endpoint, key: "k")),
            .devices(.look(token: "t", key: "k")), .devices(.take(token: "t", key: "k")),
        ] as [ClientFrame])
    func everyFrameSurvivesARoundTrip(_ frame: ClientFrame) throws {
        var buffer = ByteBuffer()
        frame.encode(into: &buffer)
        #expect(try ClientFrame(parsing: buffer) == frame)
    }

    @Test(
        arguments: [
            ("{", .badJSON), ("", .badJSON), ("[]", .badRequest), ("{}", .badRequest), (#"{"type":1}"#, .badRequest),
            (#"{"type":"push","key":"k"}"#, .badRequest), (#"{"type":"push","key":"k","endpoint":""}"#, .badRequest),
            (
                #"{"type":"push","key":"k","endpoint":"e","p256dh":"p","auth":"a","serverKey":"s","rooms":{"x":"loud"}}"#,
                .badRequest
            ),
            (#"{"type":"shout"}"#, .unknownType), (#"{"type":"join"}"#, .badRequest),
            (#"{"type":"join","room":["lobby"]}"#, .badRequest), (#"{"type":"join","room":"_x"}"#, .badRoom),
            (#"{"type":"join","room":"Lobby"}"#, .badRoom), (#"{"type":"join","room":""}"#, .badRoom),
            (#"{"type":"join","room":"lobby","since":1}"#, .badRequest),
            (#"{"type":"chat","room":"lobby","text":"a"}"#, .badRequest),
            (#"{"type":"chat","room":"lobby","text":"a","key":"k","re":"12"}"#, .badRequest),
            (#"{"type":"chat","room":"lobby","text":"a","key":"k","re":["12-3"]}"#, .badRequest),
            (#"{"type":"role","room":"lobby","member":"u","name":"B","role":"king","key":"k"}"#, .badRequest),
            (#"{"type":"role","room":"lobby","member":"a b","name":"B","role":"owner","key":"k"}"#, .badRequest),
            (
                #"{"type":"role","room":"lobby","member":"u","name":"B","role":"owner","seconds":0,"key":"k"}"#,
                .badRequest
            ),
            (#"{"type":"role","room":"lobby","member":"u","name":"","role":"owner","key":"k"}"#, .badName),
            (#"{"type":"policy","room":"lobby","setting":"slow","text":"-1","key":"k"}"#, .badRequest),
            (#"{"type":"policy","room":"lobby","setting":"slow","text":"1e3","key":"k"}"#, .badRequest),
            (#"{"type":"policy","room":"lobby","setting":"speak","text":"nobody","key":"k"}"#, .badRequest),
            (#"{"type":"policy","room":"lobby","setting":"colour","text":"red","key":"k"}"#, .badRequest),
            (#"{"type":"create","key":"k"}"#, .badRequest), (#"{"type":"create","room":"Team","key":"k"}"#, .badRoom),
            (#"{"type":"create","room":"_private-abcdefghijklmnopqrstuvwxyz","key":"k"}"#, .badRoom),
            (#"{"type":"create","room":"lobby","key":"k"}"#, .forbidden),
            (#"{"type":"create","with":"u2","key":"k"}"#, .badRequest),
            (#"{"type":"create","private":true}"#, .badRequest),
            (#"{"type":"invite","room":"lobby","uses":1001,"key":"k"}"#, .badRequest),
            (#"{"type":"invite","room":"lobby","seconds":59,"key":"k"}"#, .badRequest),
            (#"{"type":"accept","key":"k"}"#, .badRequest),
            (#"{"type":"chat","room":"lobby","text":"a","key":""}"#, .badRequest),
            (#"{"type":"chat","room":"lobby","key":"k"}"#, .badRequest),
            (#"{"type":"chat","room":"lobby","text":"","key":"k"}"#, .badRequest),
            (#"{"type":"chat","room":"lobby","text":"\u0000\u202e\r","key":"k"}"#, .badRequest),
            (#"{"type":"rename","name":"  "}"#, .badName), (#"{"type":"hello","name":"a\nb"}"#, .badName),
            (#"{"type":"hello","name":7}"#, .badRequest), (#"{"type":"ping","at":"now"}"#, .badRequest),
            (#"{"type":"history","room":"lobby","limit":201}"#, .badRequest),
            (#"{"type":"history","room":"lobby","limit":0}"#, .badRequest),
            (#"{"type":"history","room":"lobby","limit":1e99}"#, .badRequest),
            (#"{"type":"history","room":"lobby","before":"x"}"#, .badRequest),
            (#"{"type":"history","room":"lobby","after":"1"}"#, .badRequest),
            (#"{"type":"history","room":"lobby","before":"1-1","after":"1-1"}"#, .badRequest),
            (#"{"type":"search","room":"lobby"}"#, .badRequest),
            (#"{"type":"search","room":"lobby","query":"\t "}"#, .badRequest),
            (#"{"type":"search","room":"lobby","query":7}"#, .badRequest),
            (#"{"type":"search","room":"lobby","query":"x","before":"y"}"#, .badRequest),
            (#"{"type":"search","room":"lobby","query":"x","key":""}"#, .badRequest),
            (#"{"type":"search","room":"Lobby","query":"x"}"#, .badRoom),
            (#"{"type":"trace","room":"lobby","id":"1","key":"k"}"#, .badRequest),
            (#"{"type":"trace","room":"lobby","id":"1-1"}"#, .badRequest),
            (#"{"type":"edit","room":"lobby","id":"1-1","text":"","key":"k"}"#, .badRequest),
            (#"{"type":"edit","room":"lobby","id":"1","text":"a","key":"k"}"#, .badRequest),
            (#"{"type":"edit","room":"lobby","id":"1-1","text":"a"}"#, .badRequest),
            (#"{"type":"delete","room":"lobby","key":"k"}"#, .badRequest),
            (#"{"type":"delete","room":"_","id":"1-1","key":"k"}"#, .badRoom),
            (#"{"type":"react","room":"lobby","id":"1-1","emoji":"yes","on":true,"key":"k"}"#, .badRequest),
            (#"{"type":"react","room":"lobby","id":"1-1","emoji":"👍","on":1,"key":"k"}"#, .badRequest),
            (#"{"type":"react","room":"lobby","id":"1-1","emoji":"👍","key":"k"}"#, .badRequest),
        ] as [(String, ErrorCode)])
    func eachKindOfInvalidFrameHasItsErrorCode(_ text: String, _ code: ErrorCode) {
        let error = #expect(throws: FrameError.self) { try ClientFrame(parsing: ByteBuffer(string: text)) }
        #expect(error?.code == code)
    }

    @Test func anErrorCarriesRoomAndKey() {
        let text = #"{"key":"k","text":7,"room":"lobby","type":"chat"}"#
        let error = #expect(throws: FrameError.self) { try ClientFrame(parsing: ByteBuffer(string: text)) }
        #expect(error == FrameError(.badRequest, "text must be a string", room: "lobby", key: "k"))
    }

    @Test func anErrorRepeatsNothingLong() {
        let room = String(repeating: "x", count: 65)
        let error = #expect(throws: FrameError.self) {
            try ClientFrame(parsing: ByteBuffer(string: #"{"type":"join","room":"\#(room)"}"#))
        }
        #expect(error?.code == .badRoom)
        #expect(error?.room == nil)
    }

    @Test func aMessageWithFilesNeedsNoText() throws {
        func frame(_ members: String) throws -> ClientFrame {
            try ClientFrame(parsing: ByteBuffer(string: #"{"type":"chat","room":"a","key":"k",\#(members)}"#))
        }
        let room = try #require(RoomName("a"))
        #expect(
            try frame(##""text":"\u200b","files":["t","u"]"##)
                == .chat(room: room, text: "", key: "k", files: ["t", "u"]))
        #expect(try frame(#""text":"x","files":null"#) == .chat(room: room, text: "x", key: "k"))
        for wrong in [
            #""text":"","files":[]"#, #""text":"x","files":["1","2","3","4","5"]"#, #""text":"x","files":"1""#,
            #""text":"x","files":[1]"#, #""text":"x","files":["\#(String(repeating: "t", count: 2_049))"]"#,
            #""files":["t"]"#,
        ] {
            let error = #expect(throws: FrameError.self) { try frame(wrong) }
            #expect(error?.code == .badRequest && error?.key == "k", "\(wrong)")
        }
    }

    @Test func onlyAMessageAnswersAnother() throws {
        let text = #"{"type":"edit","room":"lobby","id":"12-3","text":"a","key":"k","re":7}"#
        let edit = ClientFrame.act(.edit(Self.position.id), room: .lobby, text: "a", key: "k")
        #expect(try ClientFrame(parsing: ByteBuffer(string: text)) == edit)
    }

    @Test func textLengthIsCountedInScalars() throws {
        func chat(_ text: String) throws -> ClientFrame {
            var buffer = ByteBuffer()
            ClientFrame.chat(room: .lobby, text: text, key: "k").encode(into: &buffer)
            return try ClientFrame(parsing: buffer)
        }
        let longest = String(repeating: "😀", count: 4_000)
        #expect(try chat(longest) == .chat(room: .lobby, text: longest, key: "k"))
        let error = #expect(throws: FrameError.self) { try chat(longest + "x") }
        #expect(error?.code == .tooLong)
        #expect(try chat(longest + "\u{202E}") == .chat(room: .lobby, text: longest, key: "k"))
    }

    @Test func controlCharactersAreStripped() throws {
        let text = #"{"type":"chat","room":"lobby","text":"a\u0000\u001b[1m\tb\nc\u202e\u2066“d”","key":"k"}"#
        #expect(
            try ClientFrame(parsing: ByteBuffer(string: text))
                == .chat(room: .lobby, text: "a[1m\tb\nc“d”", key: "k"))
    }

    @Test(arguments: [
        #""since":"1-1""#, #""since":"1-1","epoch":"abc""#, #""since":"yesterday","epoch":"0""#,
        #""since":"1-99999999999999999999","epoch":"0""#,
    ])
    func anImpossiblePositionIsForeign(_ members: String) throws {
        let frame = try ClientFrame(parsing: ByteBuffer(string: #"{"type":"join","room":"lobby",\#(members)}"#))
        #expect(frame == .join(room: .lobby, since: .foreign))
    }

    @Test func nullCountsAsAbsent() throws {
        let text = #"{"type":"join","room":"lobby","since":null,"epoch":null,"more":[{}]}"#
        #expect(try ClientFrame(parsing: ByteBuffer(string: text)) == .join(room: .lobby, since: nil))
    }
}

@Suite struct UserNameTests {
    @Test(arguments: [("  Ada ", "Ada"), ("e\u{301}", "é"), ("\u{212B}", "Å"), ("a b", "a b"), ("👩‍👩‍👧", "👩‍👩‍👧")])
    func namesAreTrimmedAndComposed(_ given: String, _ name: String) throws {
        #expect(try #require(UserName(given)).description.unicodeScalars.elementsEqual(name.unicodeScalars))
    }

    @Test(arguments: [
        "", " \u{3000}", "a\nb", "a\u{0}", "\u{1B}[31m", "\u{85}x\u{9F}", "a\u{202E}b", "a\u{2066}b", "a\u{2028}b",
        String(repeating: "x", count: 33), "a" + String(repeating: "\u{301}", count: 500),
    ])
    func unsuitableNamesAreRejected(_ name: String) {
        #expect(UserName(name) == nil)
    }
}

@Suite struct PlainFrameTests {
    @Test(arguments: [
        #"{"type":"message","text":"Hello","ts":1}"#, #"{"type":"chat","text":"Hello","ts":1.50e3}"#,
        #"{"type":"chat","text":"Hello","ts":"2024-01-01T00:00:00Z"}"#,
        #"{"type":"chat","text":"\"é\"","ts":"\u00e9"}"#,
    ])
    func typeTextAndTimeSurviveARoundTrip(_ text: String) throws {
        let frame = try PlainFrame(parsing: ByteBuffer(string: text))
        #expect(plain(frame) == text)
    }

    @Test func theServersTimeReplacesAMissingOne() throws {
        let frame = try PlainFrame(parsing: ByteBuffer(string: #"{"text":"Hi","type":"message","more":{}}"#))
        #expect(plain(frame) == #"{"type":"message","text":"Hi","ts":99}"#)
    }

    @Test(arguments: [
        "{", #"{"type":"join","text":"a"}"#, #"{"type":"chat"}"#, #"{"type":"chat","text":1}"#,
        #"{"type":"chat","text":"a","ts":1e999}"#, #"{"type":"chat","text":"a","ts":[]}"#,
        #"{"type":"chat","text":"a","ts":"\#(String(repeating: "x", count: 65))"}"#,
    ])
    func otherInputIsRejected(_ text: String) {
        #expect(throws: FrameError.self) { try PlainFrame(parsing: ByteBuffer(string: text)) }
    }

    private func plain(_ frame: PlainFrame) -> String {
        let draft = MessageDraft(user: UserID("u"), name: "n", text: frame.text, key: "", plain: frame.form)
        var buffer = ByteBuffer()
        ChatMessage(draft, id: MessageID(ms: 99, seq: 1), ts: 99).encodePlain(into: &buffer)
        return String(buffer: buffer)
    }
}
