import ChatModel
import ChatProtocol
import NIOCore
import Testing

@Suite struct ServerFrameTests {
    private static let lobby = RoomName.lobby
    private static let ada = User(id: UserID("u1"), name: "Ada \"Æ\"")
    private static let id = MessageID(ms: .max, seq: 3)
    private static let epoch = Epoch(random: 0x0123_4567_89AB_CDEF, tag: 7)
    private static let position = RoomPosition(epoch: epoch, id: id)
    private static let message = ChatMessage(
        id: id, user: ada.id, name: ada.name, text: "\u{1}\r\n\t\\\"</script> 😀", key: "k\u{0}", ts: .min)
    private static let keyless = ChatMessage(
        id: MessageID(ms: 1, seq: 1), user: UserID("u2"), name: "B", text: "", key: "", ts: 0)
    /// What acts are, and what they make of messages.
    private static let entries: [(act: MessageAct?, state: MessageState?)] = [
        (.room(.role(.banned, of: UserID("u2"), .at(1_700_000_000_000))), nil),
        (.room(.role(.none, of: UserID("u2"), .never)), nil), (.room(.policy(.topic)), nil),
        (.edit(id), nil), (.delete(id), nil), (.react(id, emoji: "👍", on: true), nil),
        (.react(id, emoji: "❤️", on: false), nil), (nil, .deleted), (nil, .changed(edited: id, reactions: [])),
        (
            nil,
            .changed(
                edited: nil,
                reactions: [
                    .init(emoji: "👍", users: [UserID("u1"), UserID("\"")]), .init(emoji: "🎉", users: [UserID("u2")]),
                ])
        ),
    ]

    @Test(arguments: entries.indices)
    func actsAndMessageStatesSurviveARoundTripOnAPageAndAlone(_ index: Int) throws {
        let entry = Self.entries[index]
        let message = ChatMessage(
            id: MessageID(ms: 9, seq: 9), user: Self.ada.id, name: Self.ada.name, text: "text", key: "k", ts: 1,
            act: entry.act, state: entry.state)
        try everyFrameSurvivesARoundTrip(.chat(room: Self.lobby, epoch: Self.epoch, message: message))
        try everyFrameSurvivesARoundTrip(
            .resume(room: Self.lobby, epoch: Self.epoch, messages: [message, Self.message], more: false))
    }

    @Test(
        arguments: [
            .rules(room: lobby, head: id, nil),
            .rules(
                room: lobby, head: id,
                .init(title: "A", topic: "\"", speakers: .members, slow: 30, role: .moderator, with: ada)),
            .created(key: "k", room: lobby), .rooms([lobby]), .added(room: lobby, from: ada), .deleted(room: lobby),
            .roles(
                .init(
                    room: lobby,
                    holders: [
                        .init(user: ada, role: .owner, until: nil), .init(user: ada, role: .banned, until: .max),
                    ], count: 7)),
            .invitation(.init(key: "k", room: lobby, title: "", from: ada, expiresIn: 60, token: "t")),
            .invitation(.init(key: "k", room: lobby, title: "Größe", from: ada, expiresIn: 1, token: nil)),
        ] as [ServerFrame])
    func framesAboutRoomsSurviveARoundTrip(_ frame: ServerFrame) throws {
        try everyFrameSurvivesARoundTrip(frame)
    }

    @Test func aReplyNamesTheMessageItAnswers() throws {
        let reply = ChatMessage(
            id: MessageID(ms: 12, seq: 4), user: Self.ada.id, name: "Ada", text: "yes", key: "k", ts: 0,
            re: MessageID(ms: 12, seq: 3), state: .changed(edited: Self.id, reactions: []))
        try everyFrameSurvivesARoundTrip(.chat(room: Self.lobby, epoch: Self.epoch, message: reply))
        try everyFrameSurvivesARoundTrip(
            .resume(room: Self.lobby, epoch: Self.epoch, messages: [reply, Self.message], more: false))
        #expect(
            Self.encoded(.chat(room: .lobby, epoch: Self.epoch, message: reply))
                .contains(#""ts":0,"key":"k","re":"12-3","edited":"#))
        var plain = ByteBuffer()
        reply.encodePlain(into: &plain)
        #expect(String(buffer: plain) == #"{"type":"chat","text":"yes","ts":0}"#)
        #expect(reply.showing("", .deleted).re == nil)
    }

    @Test(
        arguments: [
            .read(ReadPosition(room: lobby, position: RoomPosition(epoch: epoch, id: id))), .linked(nil),
            .linked(.init(key: "k", user: ada, token: "t")), .link(.init(key: "k", token: "t", expiresIn: 60)),
            .push(key: "k", on: true),
            .link(.init(key: "k", user: ada, expiresIn: 1)),
        ] as [ServerFrame])
    func framesAboutDevicesSurviveARoundTrip(_ frame: ServerFrame) throws {
        try everyFrameSurvivesARoundTrip(frame)
    }

    @Test func aMessageNamesItsFilesUnlessItIsDeleted() throws {
        let id = String(repeating: "a2", count: 13)
        func file(_ name: String, _ type: String, _ size: PixelSize?) throws -> SharedFile {
            SharedFile(
                id: try #require(FileID(id)), name: try #require(FileName(name)),
                type: try #require(SharedFile.MediaType(type)), bytes: 7, size: size)
        }
        let files = [
            try file("a \"b\" ü😀.png", "image/png", PixelSize(width: 640, height: 480)),
            try file("c", "application/x", nil),
        ]
        let message = ChatMessage(
            id: MessageID(ms: 12, seq: 4), user: Self.ada.id, name: "Ada", text: "", key: "k", ts: 0, files: files,
            state: .changed(edited: Self.id, reactions: []))
        try everyFrameSurvivesARoundTrip(.chat(room: Self.lobby, epoch: Self.epoch, message: message))
        try everyFrameSurvivesARoundTrip(
            .resume(room: Self.lobby, epoch: Self.epoch, messages: [message, Self.message], more: false))
        #expect(
            Self.encoded(.chat(room: .lobby, epoch: Self.epoch, message: message)).contains(
                #""ts":0,"key":"k","files":[{"id":"\#(id)","name":"a \"b\" ü😀.png","type":"image/png","#
                    + #""bytes":7,"width":640,"height":480},{"id":"\#(id)","name":"c","type":"application/x","#
                    + #""bytes":7}],"edited":"#))
        #expect(message.showing("", .deleted).files.isEmpty)
    }

    @Test func theAnswerToAnUploadSaysWhereItGoes() throws {
        let upload = ServerFrame.Upload(
            room: .lobby, key: "k", file: "t", put: .init(url: "files/x", headers: [.init(name: "A", value: "b\"")]),
            expiresIn: 9)
        try everyFrameSurvivesARoundTrip(.upload(upload))
        #expect(
            Self.encoded(.upload(upload))
                == #"{"type":"upload","room":"lobby","key":"k","file":"t","#
                + #""put":{"url":"files/x","headers":{"A":"b\""}},"expiresIn":9}"#)
    }

    @Test(arguments: [true, false])
    func theStatusSaysWhetherMessagesAreAccepted(_ writable: Bool) throws {
        try everyFrameSurvivesARoundTrip(.status(writable: writable))
        #expect(Self.encoded(.status(writable: writable)) == #"{"type":"status","writable":\#(writable)}"#)
    }

    @Test func actsAndStateAreWrittenAsTheProtocolSays() {
        func written(_ act: MessageAct?, _ state: MessageState?) -> Substring {
            let message = ChatMessage(
                id: MessageID(ms: 12, seq: 4), user: UserID("u"), name: "Ada", text: "", key: "", ts: 0, act: act,
                state: state)
            var buffer = ByteBuffer()
            message.encodeChat(room: .lobby, epoch: Self.epoch, into: &buffer)
            return String(buffer: buffer).split(separator: #""ts":0"#).last ?? ""
        }
        let target = MessageID(ms: 12, seq: 3)
        #expect(written(nil, nil) == "}")
        #expect(written(.edit(target), nil) == #","act":"edit","target":"12-3"}"#)
        #expect(written(.delete(target), nil) == #","act":"delete","target":"12-3"}"#)
        #expect(
            written(.react(target, emoji: "👍", on: true), nil)
                == #","act":"react","target":"12-3","emoji":"👍","on":true}"#)
        #expect(written(nil, .deleted) == #","deleted":true}"#)
        #expect(
            written(nil, .changed(edited: target, reactions: [.init(emoji: "👍", users: [UserID("a"), UserID("b")])]))
                == #","edited":"12-3","reactions":[{"emoji":"👍","users":["a","b"]}]}"#)
    }

    private static let adaAlone = MemberList([ada])
    private static let nobody = MemberList([])
    private static let missing = ServerFrame.Missing(from: MessageID(ms: 1, seq: 1), to: MessageID(ms: 2, seq: 2))

    @Test(
        arguments: [
            .welcome(
                .init(
                    user: ada, token: "t", node: "n",
                    limits: .init(textChars: 1, frameBytes: 2, rooms: 3, burst: 4, perSecond: 5, dedupeSeconds: 6),
                    heartbeat: 25)),
            .joined(
                .init(
                    room: lobby, position: position, recovered: true, missing: nil, messages: [message, keyless],
                    more: true, members: adaAlone, memberCount: 1)),
            .joined(
                .init(
                    room: lobby, position: .start, recovered: false, missing: missing, messages: [], more: false,
                    members: nobody, memberCount: 0)),
            .resume(room: lobby, epoch: epoch, messages: [message], more: true),
            .chat(room: lobby, epoch: epoch, message: message), .chat(room: lobby, epoch: .none, message: keyless),
            .ack(room: lobby, key: "k", id: id),
            .reset(
                .init(
                    room: lobby, position: position, recovered: false, missing: missing, messages: [message],
                    more: false)
            ),
            .history(.init(room: lobby, position: position, messages: [], more: false)),
            .found(
                .init(
                    room: lobby, query: "\"q\"", key: "k",
                    page: .init(position: position, messages: [message, keyless], reached: keyless.id, more: true))),
            .found(
                .init(
                    room: lobby, query: "q", key: nil,
                    page: .init(position: .start, messages: [], reached: nil, more: false))),
            .presence(.changed(room: lobby, joined: [ada, ada], left: [], memberCount: 7)),
            .presence(.reset(room: lobby, members: [ada], memberCount: 1)), .typing(room: lobby, user: ada),
            .left(room: lobby, reason: "asked"), .left(room: lobby, reason: "banned", until: 1_790_000_000_000),
            .renamed(user: ada), .error(FrameError(.badJSON, "no")),
            .error(FrameError(.forbidden, "no", room: "lobby", until: 1_790_000_000_000)),
            .error(FrameError(.rateLimited, "slow", room: "lobby", key: "k", retryAfterMs: 250)),
            .goodbye(reason: "restart", reconnectAfterMs: 300), .pong(at: nil), .pong(at: "-1.5e3"),
            .traced(.init(room: lobby, key: "k", id: id, origin: nil, nodes: [], expected: 0)),
            .traced(
                .init(
                    room: lobby, key: "k", id: id, origin: .init(node: "n1", waited: 1, confirmed: .max),
                    nodes: [
                        .init(node: "n1", passage: .init(heard: .init(duration: 2, within: 0), fanOut: 3, sockets: 4)),
                        .init(node: "n2", passage: .init(heard: nil, fanOut: 0, sockets: 0)),
                        .init(node: "n3", passage: nil),
                    ], expected: 4)),
        ] as [ServerFrame])
    func everyFrameSurvivesARoundTrip(_ frame: ServerFrame) throws {
        #expect(try ServerFrame(parsing: ByteBuffer(string: Self.encoded(frame))) == frame)
    }

    private static func encoded(_ frame: ServerFrame) -> String {
        var buffer = ByteBuffer()
        frame.encode(into: &buffer)
        return String(buffer: buffer)
    }

    @Test func chatIsWrittenAsTheProtocolSays() {
        let message = ChatMessage(
            id: MessageID(ms: 12, seq: 3), user: UserID("u1"), name: "Ada", text: "Hi \"all\"\n\u{1F}", key: "k", ts: -5
        )
        let expected =
            #"{"type":"chat","room":"lobby","epoch":"0123456789abcdef.00000007","id":"12-3","#
            + #""from":{"id":"u1","name":"Ada"},"text":"Hi \"all\"\n\u001f","ts":-5,"key":"k"}"#
        #expect(Self.encoded(.chat(room: .lobby, epoch: Self.epoch, message: message)) == expected)
    }

    @Test func aJourneyIsWrittenAsTheProtocolSays() {
        let traced = ServerFrame.Traced(
            room: .lobby, key: "k", id: MessageID(ms: 12, seq: 3),
            origin: .init(node: "n1", waited: 40, confirmed: 900),
            nodes: [
                .init(node: "n1", passage: .init(heard: .init(duration: 700, within: 0), fanOut: 25, sockets: 3)),
                .init(node: "n2", passage: nil),
            ], expected: 3)
        let expected =
            #"{"type":"traced","room":"lobby","key":"k","id":"12-3","#
            + #""origin":{"node":"n1","waited":40,"confirmed":900},"#
            + #""nodes":[{"node":"n1","heard":700,"within":0,"fanOut":25,"sockets":3},{"node":"n2"}],"expected":3}"#
        #expect(Self.encoded(.traced(traced)) == expected)
    }

    @Test func presenceNamesMembersThatJoinedAndLeft() {
        let bob = User(id: UserID("b"), name: "Bob")
        #expect(
            Self.encoded(.presence(.changed(room: .lobby, joined: [bob], left: [], memberCount: 2)))
                == #"{"type":"presence","room":"lobby","joined":[{"id":"b","name":"Bob"}],"left":[],"memberCount":2}"#)
    }

    @Test func membersMayComeInAnyOrderAndBeUnknown() throws {
        let text = #"{"at":7,"later":{"a":[1]},"type":"pong"}"#
        #expect(try ServerFrame(parsing: ByteBuffer(string: text)) == .pong(at: "7"))
    }

    @Test(
        arguments: [
            ("{", .badJSON), (#"{"type":"ack","room":"lobby","id":"1-1"}"#, .badRequest),
            (#"{"type":"ack","room":"lobby","key":"k","id":"1"}"#, .badRequest),
            (#"{"type":"typing","room":"lobby","user":{"id":"u"}}"#, .badJSON),
            (#"{"type":"news"}"#, .unknownType),
            (
                #"{"type":"chat","room":"lobby","epoch":"0","id":"2-2","from":{"id":"u","name":"n"},"text":"","ts":1,"#
                    + #""act":"Pin","target":"1-1"}"#, .badRequest
            ),
            (
                #"{"type":"chat","room":"lobby","epoch":"0","id":"2-2","from":{"id":"u","name":"n"},"text":"","ts":1,"#
                    + #""act":"react","target":"1-1"}"#, .badRequest
            ), (#"{"type":"pong","ts":1e3}"#, .badJSON),
        ] as [(String, ErrorCode)])
    func unusableFramesAreRejected(_ text: String, _ code: ErrorCode) {
        let error = #expect(throws: FrameError.self) { try ServerFrame(parsing: ByteBuffer(string: text)) }
        #expect(error?.code == code)
    }
}
