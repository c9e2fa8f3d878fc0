import ChatModel

/// The payloads on a room's channel. A header line of words, the first of which is the kind; then the fields, whose
/// lengths in bytes the header contains.
///
///     M <origin> <epoch> <id> <ts> <user> <name> <key> <text> <plain>⏎…   a message or, with one more length, an act;
///                                                                         of a reply, ` + <re>` follows: the id that
///                                                                         it answers; written by publish.lua
///     T <user> <name>⏎…                                                   a user is typing
///     R <user> <name>⏎…                                                   a user has a new name
///     N <user> <name>⏎…                                                   a user has a name set in another room
///     P <node> <joined> <left> <lengths …>⏎…                              users of a node joined (id, name), left (id)
///     U <user> <room> <user> <name>⏎…                                     a user got a role in a room from another,
///                                                                         on the channel of all nodes
///     V <user> <room> <epoch> <id> <node> <socket>⏎…                      a user has read a room up to there, says a
///                                                                         socket; on the channel of devices, like L
///     L <user>⏎…                                                          a link to the user was used
///     D⏎                                                                  an operator deleted the room
///     Q <asker> <number> <id>⏎                                            when did you receive this message?
///     A <room> <number> <node> <times …>⏎                                 the answer, on the asker's own channel:
///                                                                         `LiveWire+Journey.swift`
///
/// Each may end with ` + <lengths …>` and these fields: additions of a later version, which are skipped. (A node that
/// does not know this rule rejects such a payload as malformed: do not add any until all nodes skip them.)
///
/// Binary safe, without escaping. If the lengths do not add up, or a field is not UTF-8, the whole payload is
/// malformed.
enum LiveWire {
    static func parse(_ payload: [UInt8]) -> LiveEvent? {
        guard var reader = LiveWireReader(payload) else { return nil }
        guard let event = parse(&reader), reader.skipTail(), reader.isAtEnd else { return nil }
        return event
    }

    /// - Returns: the payload of a signal. Messages are encoded by `publish.lua`, which numbers them.
    static func encode(_ signal: RoomSignal) -> [UInt8] {
        var writer = LiveWireWriter()
        switch signal {
        case .typing(let user):
            writer.word("T")
            writer.user(user)
        case .renamed(let user):
            writer.word("R")
            writer.user(user)
        case .named(let user):
            writer.word("N")
            writer.user(user)
        case .presence(let node, let joined, let left):
            writer.word("P")
            writer.word(node.description)
            writer.word(String(joined.count))
            writer.word(String(left.count))
            for user in joined { writer.user(user) }
            for user in left { writer.field(user.description) }
        case .asked(let question): writer.question(question)
        case .answered(let answer): writer.answer(answer)
        case .deleted: writer.word("D")
        }
        return writer.payload
    }

    static func encode(_ news: UserNews, for user: UserID) -> [UInt8] {
        var writer = LiveWireWriter()
        switch news {
        case .added(let room, let other):
            writer.word("U")
            writer.field(user.description)
            writer.field(room.description)
            writer.user(other)
        case .read(let read, let origin):
            writer.word("V")
            writer.field(user.description)
            writer.field(read.room.description)
            writer.word(read.position.epoch.description)
            writer.word(read.position.id.description)
            writer.field(origin.node)
            writer.word(origin.socket.description)
        case .linked:
            writer.word("L")
            writer.field(user.description)
        }
        return writer.payload
    }

    /// What is on the channels of all nodes.
    static func parseNews(_ payload: [UInt8]) -> (user: UserID, news: UserNews)? {
        guard var reader = LiveWireReader(payload), let kind = reader.word(), let user = reader.field(),
            let news = news(kind, &reader), reader.skipTail(), reader.isAtEnd
        else { return nil }
        return (UserID(user), news)
    }

    private static func news(_ kind: String, _ reader: inout LiveWireReader) -> UserNews? {
        switch kind {
        case "U":
            guard let room = reader.field().flatMap({ RoomName($0) }), let other = reader.user() else { return nil }
            return .added(room: room, by: other)
        case "V":
            guard let room = reader.field().flatMap({ RoomName($0) }),
                let epoch = reader.word().flatMap({ Epoch($0) }), let id = reader.word().flatMap({ MessageID($0) }),
                let node = reader.field(), let socket = reader.word().flatMap({ UInt64($0) })
            else { return nil }
            let read = ReadPosition(room: room, position: RoomPosition(epoch: epoch, id: id))
            return .read(read, origin: SocketOrigin(node: node, socket: SocketID(socket)))
        case "L": return .linked
        default: return nil
        }
    }

    private static func parse(_ reader: inout LiveWireReader) -> LiveEvent? {
        switch reader.word() {
        case "M": return message(&reader)
        case "T": return reader.user().map { .signal(.typing($0)) }
        case "R": return reader.user().map { .signal(.renamed($0)) }
        case "N": return reader.user().map { .signal(.named($0)) }
        case "P": return presence(&reader).map { .signal($0) }
        case "Q": return reader.question().map { .signal(.asked($0)) }
        case "A": return reader.answer().map { .signal(.answered($0)) }
        case "D": return .signal(.deleted)
        default: return nil
        }
    }

    private static func message(_ reader: inout LiveWireReader) -> LiveEvent? {
        guard let origin = reader.word(), let epoch = reader.word().flatMap({ Epoch($0) }), epoch != .none,
            let id = reader.word().flatMap({ MessageID($0) }), let ts = reader.word().flatMap({ Int64($0) }),
            let user = reader.field(), let name = reader.field(), let key = reader.field(),
            let text = reader.field(), let plain = reader.field(),
            // The same limit as in the log.
            [user, name, key, text, plain].allSatisfy({ $0.utf8.count <= LogReply.maximumFieldBytes })
        else { return nil }
        var act: MessageAct?
        if !reader.isAtEndOfFields {
            act = reader.field().flatMap { MessageAct(wire: $0) }
            if act == nil { return nil }
        }
        var re: MessageID?
        var files: [SharedFile] = []
        if reader.enterTail() {
            guard let field = reader.field() else { return nil }
            re = MessageID(field)
            if !reader.isAtEndOfFields {
                guard let field = reader.field(), field.utf8.count <= LogReply.maximumFieldBytes else { return nil }
                files = [SharedFile](wire: field)
            }
        }
        let message = ChatMessage(
            id: id, user: UserID(user), name: name, text: act?.shownText(text) ?? text, key: key, ts: ts,
            plain: PlainForm(wire: plain), act: act, re: re, files: files)
        return .message(message, epoch: epoch, origin: origin)
    }

    private static func presence(_ reader: inout LiveWireReader) -> RoomSignal? {
        guard let node = reader.word().flatMap({ NodeIncarnation($0) }), let joined = reader.count(),
            let left = reader.count()
        else { return nil }
        var users: [User] = []
        for _ in 0..<joined {
            guard let user = reader.user() else { return nil }
            users.append(user)
        }
        var ids: [UserID] = []
        for _ in 0..<left {
            guard let id = reader.field() else { return nil }
            ids.append(UserID(id))
        }
        return .presence(node: node, joined: users, left: ids)
    }
}

/// Reads header and fields of a payload in parallel; every bound is checked.
struct LiveWireReader {
    private let bytes: [UInt8]
    private var header: Range<Int>
    private var body: Int
    private var isInTail = false

    /// `nil` without a header line.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        self.bytes = bytes
        header = 0..<end
        body = end + 1
    }

    var isAtEnd: Bool { header.isEmpty && body == bytes.count }

    /// Whether nothing follows except additions of a later version.
    var isAtEndOfFields: Bool {
        header.isEmpty || bytes[header.lowerBound] == UInt8(ascii: "+")
    }

    /// - Returns: whether additions follow.
    mutating func enterTail() -> Bool {
        isInTail = isInTail || word() == "+"
        return isInTail
    }

    /// - Returns: `false` if anything else follows.
    mutating func skipTail() -> Bool {
        guard header.isEmpty || enterTail() else { return false }
        while !header.isEmpty {
            guard skipField() != nil else { return false }
        }
        return true
    }

    /// The next word of the header.
    mutating func word() -> String? {
        guard !header.isEmpty else { return nil }
        let end = bytes[header].firstIndex(of: UInt8(ascii: " ")) ?? header.upperBound
        defer { header = min(end + 1, header.upperBound)..<header.upperBound }
        return String(validating: bytes[header.lowerBound..<end], as: UTF8.self)
    }

    /// The next word of the header, as a count of things that take at least one word each.
    mutating func count() -> Int? {
        guard let count = word().flatMap({ Int($0) }), (0...header.count).contains(count) else { return nil }
        return count
    }

    /// The next field of the body, whose length is the next word of the header.
    mutating func field() -> String? {
        skipField().flatMap { String(validating: bytes[$0], as: UTF8.self) }
    }

    private mutating func skipField() -> Range<Int>? {
        guard let length = word().flatMap({ Int($0) }), (0...(bytes.count - body)).contains(length) else { return nil }
        defer { body += length }
        return body..<(body + length)
    }

    mutating func user() -> User? {
        guard let id = field(), let name = field() else { return nil }
        return User(id: UserID(id), name: name)
    }
}

struct LiveWireWriter {
    private var header: [UInt8] = []
    private var body: [UInt8] = []

    var payload: [UInt8] { header + [UInt8(ascii: "\n")] + body }

    mutating func word(_ word: String) {
        if !header.isEmpty { header.append(UInt8(ascii: " ")) }
        header.append(contentsOf: word.utf8)
    }

    mutating func field(_ field: String) {
        word(String(field.utf8.count))
        body.append(contentsOf: field.utf8)
    }

    mutating func user(_ user: User) {
        field(user.id.description)
        field(user.name)
    }
}
