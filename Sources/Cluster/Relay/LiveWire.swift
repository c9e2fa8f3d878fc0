import ChatModel

/// What travels on a room's channel. A header of words, with the lengths in bytes of the fields which follow the line
/// feed one after the other. The first word is the kind.
///
///     M <origin> <epoch> <id> <ts> <user> <name> <key> <text> <plain>⏎…   a message, or with one length more an act;
///                                                                         written by publish.lua
///     T <user> <name>⏎…                                                   somebody types
///     R <user> <name>⏎…                                                   somebody has a new name
///     N <user> <name>⏎…                                                   somebody uses a name given in another room
///     P <node> <joined> <left> <lengths …>⏎…                              users of a node came (id, name) and went (id)
///     Q <asker> <number> <id>⏎                                            when did you hear that message?
///     A <room> <number> <node> <times …>⏎                                 then; `LiveWire+Journey.swift`. It goes to
///                                                                         the asker's own channel
///
/// Each may end with ` + <lengths …>` and the fields of these lengths: what a later version has added, which is skipped.
/// (A node that does not know tails takes such a payload for malformed: so add none before all nodes skip them.)
///
/// Binary safe, nothing is escaped. Lengths which do not add up to the payload, and fields which are not UTF-8, make it
/// malformed as a whole.
enum LiveWire {
    static func parse(_ payload: [UInt8]) -> LiveEvent? {
        guard var reader = LiveWireReader(payload) else { return nil }
        guard let event = parse(&reader), reader.skipTail(), reader.isAtEnd else { return nil }
        return event
    }

    /// - Returns: the payload of a signal. Messages are written in Redis, which numbers them.
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
        }
        return writer.payload
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
        default: return nil
        }
    }

    private static func message(_ reader: inout LiveWireReader) -> LiveEvent? {
        guard let origin = reader.word(), let epoch = reader.word().flatMap({ Epoch($0) }), epoch != .none,
            let id = reader.word().flatMap({ MessageID($0) }), let ts = reader.word().flatMap({ Int64($0) }),
            let user = reader.field(), let name = reader.field(), let key = reader.field(),
            let text = reader.field(), let plain = reader.field(),
            // As in the log: what is too large there is none of ours here either.
            [user, name, key, text, plain].allSatisfy({ $0.utf8.count <= LogReply.maximumFieldBytes })
        else { return nil }
        var act: MessageAct?
        if !reader.isAtEndOfFields {
            act = reader.field().flatMap { MessageAct(wire: $0) }
            if act == nil { return nil }
        }
        let message = ChatMessage(
            id: id, user: UserID(user), name: name, text: act?.shownText(text) ?? text, key: key, ts: ts,
            plain: PlainForm(wire: plain),
            act: act)
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

/// Goes through header and fields of a payload at the same time; every bound is checked.
struct LiveWireReader {
    private let bytes: [UInt8]
    private var header: Range<Int>
    private var body: Int

    /// `nil` when there is no header line.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        self.bytes = bytes
        header = 0..<end
        body = end + 1
    }

    var isAtEnd: Bool { header.isEmpty && body == bytes.count }

    /// Whether nothing follows, or what a later version has added.
    var isAtEndOfFields: Bool {
        header.isEmpty || bytes[header.lowerBound] == UInt8(ascii: "+")
    }

    /// - Returns: false if something else follows than such a tail.
    mutating func skipTail() -> Bool {
        guard !header.isEmpty else { return true }
        guard word() == "+" else { return false }
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

    /// The next word of the header as a number of things of which each takes at least one word.
    mutating func count() -> Int? {
        guard let count = word().flatMap({ Int($0) }), (0...header.count).contains(count) else { return nil }
        return count
    }

    /// The next field of the body, as long as the next word of the header says.
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
