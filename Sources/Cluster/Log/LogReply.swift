import ChatModel
import RedisClient

/// The reply of `read.lua`: the head of a log and some entries. Malformed parts were not written by us: a malformed
/// head counts as no log, as for the next publish; a malformed entry is skipped.
struct LogReply {
    /// Per field. Nodes write at most 4,000 scalars of text; a larger field would fill memory here and at every reader.
    static let maximumFieldBytes = 64 << 10

    private(set) var head = LogHead.empty
    /// In the order read.
    private(set) var entries: [Entry] = []
    /// The script reached its byte limit: the range holds more.
    private(set) var isCutShort = false
    /// Why the user may not read.
    private(set) var refusal: RelayError?
    /// `nil`: they were not asked for, or the room has none.
    private(set) var rules: RoomRules?

    struct Entry {
        let id: MessageID
        /// `nil` if unreadable.
        let message: ChatMessage?
    }

    init(_ reply: RedisReply) throws(RedisError) {
        let parts = try reply.array()
        if parts.count == 1 {
            refusal = RelayError(refusal: try parts[0].string())
            return
        }
        if parts.count == 2, let version = try UInt64(parts[0].string()) {
            head = LogHead(position: .start, first: nil, forks: [], rulesVersion: version)
            rules = try Self.rules(parts[1], version: version)
            return
        }
        guard parts.count == 12, let head = try Self.head(parts) else { return }
        self.head = head
        if head.rulesVersion > 0 { rules = try Self.rules(parts[11], version: head.rulesVersion) }
        isCutShort = try parts[9].integer() == 1
        let records = try parts[8].array()
        for (index, entry) in try parts[7].array().enumerated() {
            let pair = try entry.array()
            guard pair.count == 2, let id = try MessageID(pair[0].string()) else { continue }
            let message = Self.message(id, fields: pair[1])
            let record = records.indices.contains(index) ? records[index] : .null
            let shown = try message.map { (message) throws(RedisError) in try Self.message(message, record) }
            entries.append(Entry(id: id, message: shown))
        }
    }

    /// The message or edit with its acts applied.
    private static func message(_ message: ChatMessage, _ reply: RedisReply) throws(RedisError) -> ChatMessage {
        guard !reply.isNull else { return message.shown(by: nil, text: nil) }
        let pair = try reply.array()
        guard pair.count == 2 else { return message.shown(by: nil, text: nil) }
        let text = (try? pair[1].string()).flatMap { $0.utf8.count <= maximumFieldBytes ? $0 : nil }
        return message.shown(by: ActRecord(wire: try pair[0].string()), text: text)
    }

    private static func head(_ parts: [RedisReply]) throws(RedisError) -> LogHead? {
        guard let epoch = try Epoch("\(parts[0].string()).\(parts[1].string())"),
            let ms = try UInt64(parts[2].string()), let seq = try UInt64(parts[3].string())
        else { return nil }
        let first = try parts[6].isNull ? nil : MessageID(parts[6].string())
        return try LogHead(
            position: RoomPosition(epoch: epoch, id: MessageID(ms: ms, seq: seq)), first: first,
            forks: forks(parts[4].string(), ids: parts[5].string()),
            rulesVersion: parts[10].isNull ? 0 : UInt64(parts[10].string()) ?? 0)
    }

    /// The hash that `publish.lua` keeps. What is malformed is left out.
    /// - `version`: `nil`: the one in the hash.
    static func rules(_ reply: RedisReply, version: UInt64? = nil) throws(RedisError) -> RoomRules {
        let parts = try reply.array()
        var values: [String: String] = [:]
        var grants: [UserID: RoomRules.Grant] = [:]
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            guard let field = try? parts[index].string(), let value = try? parts[index + 1].string() else { continue }
            guard field.hasPrefix("r:") else {
                values[field] = value
                continue
            }
            let words = value.fields(atMost: 3)
            guard words.count == 3, let role = RoomRole(rawValue: words[0]), let end = Int64(words[1]) else { continue }
            grants[UserID(String(field.dropFirst(2)))] = .init(role: role, until: end == 0 ? nil : end, name: words[2])
        }
        return RoomRules(
            version: version ?? values["version"].flatMap { UInt64($0) } ?? 0,
            speakers: values["speak"].flatMap { Speakers(rawValue: $0) } ?? .everyone,
            slow: values["slow"].flatMap { Int($0) } ?? 0, title: values["title"] ?? "", topic: values["topic"] ?? "",
            grants: grants)
    }

    /// `<tag>:<seq> <tag>:<seq> …`, oldest first.
    /// - `ids`: `<ms>-<seq> …` of some of them, in the same order; a number that comes again has the later id.
    private static func forks(_ text: String, ids: String) -> [LogHead.Fork] {
        let ids = ids.split(separator: " ").compactMap { MessageID(String($0)) }
        return text.split(separator: " ").compactMap { fork in
            let parts = fork.split(separator: ":")
            guard parts.count == 2, let tag = UInt32(parts[0], radix: 16), let seq = UInt64(parts[1]) else {
                return nil
            }
            return LogHead.Fork(tag: tag, seq: seq, ms: ids.last { $0.seq == seq }?.ms)
        }
    }

    private static func message(_ id: MessageID, fields reply: RedisReply) -> ChatMessage? {
        guard let fields = try? reply.array(), fields.count.isMultiple(of: 2) else { return nil }
        var values: [String: String] = [:]
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard let name = try? fields[index].string(), let value = try? fields[index + 1].string(),
                value.utf8.count <= maximumFieldBytes
            else { return nil }
            values[name] = value
        }
        guard let user = values["user"], let name = values["name"], let key = values["key"], let text = values["text"],
            let ts = values["ts"].flatMap({ Int64($0) })
        else { return nil }
        let act = values["act"].flatMap { MessageAct(wire: $0) }
        guard act != nil || values["act"] == nil else { return nil }
        return ChatMessage(
            id: id, user: UserID(user), name: name, text: text, key: key, ts: ts,
            plain: values["plain"].flatMap { PlainForm(wire: $0) }, act: act,
            re: values["re"].flatMap { MessageID($0) },
            files: values["files"].map { [SharedFile](wire: $0) } ?? [])
    }
}
