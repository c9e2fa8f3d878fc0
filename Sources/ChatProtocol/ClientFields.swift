import ChatModel
import NIOCore

/// The members of a client frame of any type.
struct ClientFields {
    private(set) var type = JSONField.absent
    private(set) var token = JSONField.absent
    private(set) var name = JSONField.absent
    private(set) var room = JSONField.absent
    private(set) var since = JSONField.absent
    private(set) var epoch = JSONField.absent
    private(set) var text = JSONField.absent
    private(set) var key = JSONField.absent
    private(set) var before = JSONField.absent
    private(set) var after = JSONField.absent
    private(set) var query = JSONField.absent
    private(set) var limit = JSONField.absent
    private(set) var at = JSONField.absent
    private(set) var id = JSONField.absent
    private(set) var re = JSONField.absent
    private(set) var emoji = JSONField.absent
    private(set) var on = JSONField.absent
    private(set) var member = JSONField.absent
    private(set) var role = JSONField.absent
    private(set) var seconds = JSONField.absent
    private(set) var setting = JSONField.absent
    private(set) var isPrivate = JSONField.absent
    private(set) var with = JSONField.absent
    private(set) var title = JSONField.absent
    private(set) var uses = JSONField.absent
    private(set) var take = JSONField.absent
    private(set) var mediaType = JSONField.absent
    private(set) var bytes = JSONField.absent
    private(set) var width = JSONField.absent
    private(set) var height = JSONField.absent
    private(set) var files = FileTickets.some([])
    private(set) var endpoint = JSONField.absent
    private(set) var browserKey = JSONField.absent
    private(set) var auth = JSONField.absent
    private(set) var serverKey = JSONField.absent
    /// `rooms`: what a device wants to be told of each. No more than `PushDevice.mostRooms`.
    private(set) var levels: [String: JSONField] = [:]
    /// `ts`, sent only by plain clients.
    private(set) var time = PlainTime.absent

    init(parsing buffer: ByteBuffer) throws(FrameError) {
        var fields = ClientFields()
        do throws(JSONError) {
            try ByteReader.read(buffer) { (reader) throws(JSONError) in
                guard try reader.peek() == .object else { return try reader.skip() }
                try reader.readObject { (name, reader) throws(JSONError) in
                    try fields.read(name, from: &reader)
                }
            }
        } catch {
            throw fields.error(.badJSON, error.description)
        }
        self = fields
    }

    private init() {}

    private mutating func read(_ name: String, from reader: inout ByteReader) throws(JSONError) {
        switch name {
        case "type": type = try JSONField(from: &reader)
        case "token": token = try JSONField(from: &reader)
        case "name": self.name = try JSONField(from: &reader)
        case "room": room = try JSONField(from: &reader)
        case "since": since = try JSONField(from: &reader)
        case "epoch": epoch = try JSONField(from: &reader)
        case "text": text = try JSONField(from: &reader)
        case "key": key = try JSONField(from: &reader)
        case "before": before = try JSONField(from: &reader)
        case "after": after = try JSONField(from: &reader)
        case "query": query = try JSONField(from: &reader)
        case "limit": limit = try JSONField(from: &reader)
        case "at": at = try JSONField(from: &reader)
        case "id": id = try JSONField(from: &reader)
        case "re": re = try JSONField(from: &reader)
        case "emoji": emoji = try JSONField(from: &reader)
        case "on": on = try JSONField(from: &reader)
        case "member": member = try JSONField(from: &reader)
        case "role": role = try JSONField(from: &reader)
        case "seconds": seconds = try JSONField(from: &reader)
        case "setting": setting = try JSONField(from: &reader)
        case "private": isPrivate = try JSONField(from: &reader)
        case "with": with = try JSONField(from: &reader)
        case "title": title = try JSONField(from: &reader)
        case "uses": uses = try JSONField(from: &reader)
        case "take": take = try JSONField(from: &reader)
        case "mediaType": mediaType = try JSONField(from: &reader)
        case "bytes": bytes = try JSONField(from: &reader)
        case "width": width = try JSONField(from: &reader)
        case "height": height = try JSONField(from: &reader)
        case "files": files = try FileTickets(from: &reader)
        case "endpoint": endpoint = try JSONField(from: &reader)
        case "p256dh": browserKey = try JSONField(from: &reader)
        case "auth": auth = try JSONField(from: &reader)
        case "serverKey": serverKey = try JSONField(from: &reader)
        case "rooms": try readLevels(from: &reader)
        case "ts": time = try PlainTime(from: &reader)
        default: try reader.skip()
        }
    }

    private mutating func readLevels(from reader: inout ByteReader) throws(JSONError) {
        guard try reader.peek() == .object else { return try reader.skip() }
        var levels: [String: JSONField] = [:]
        try reader.readObject { (room, reader) throws(JSONError) in
            guard levels.count < PushDevice.mostRooms else { return try reader.skip() }
            levels[room] = try JSONField(from: &reader)
        }
        self.levels = levels
    }

    var roomName: RoomName {
        get throws(FrameError) {
            guard let name = RoomName(try required("room", room)) else {
                throw error(
                    .badRoom, "room must have 1 to \(RoomName.maximumLength) of a-z 0-9 _ - and begin with a-z or 0-9")
            }
            return name
        }
    }

    var messageText: String { get throws(FrameError) { try messageText(mayBeEmpty: false) } }

    /// - `mayBeEmpty`: the message has files.
    func messageText(mayBeEmpty: Bool) throws(FrameError) -> String {
        guard let text = MessageText.cleaned(try required("text", text)) else {
            throw error(.tooLong, "text must have at most \(MessageText.maximumLength) characters")
        }
        guard text.unicodeScalars.contains(where: \.isVisible) else {
            if mayBeEmpty { return "" }
            throw error(.badRequest, "text must have a visible character")
        }
        return text
    }

    var fileTickets: [String] {
        get throws(FrameError) {
            guard case .some(let tickets) = files else {
                throw error(.badRequest, "files must be at most \(SharedFile.mostOfMessage) tickets of uploads")
            }
            return tickets
        }
    }

    var messageKey: String {
        get throws(FrameError) {
            let key = try required("key", key)
            // There are never more characters than bytes, which are cheaper to count.
            guard !key.isEmpty,
                key.utf8.count <= ClientFrame.maximumKeyLength
                    || key.unicodeScalars.count <= ClientFrame.maximumKeyLength
            else {
                throw error(.badRequest, "key must have 1 to \(ClientFrame.maximumKeyLength) characters")
            }
            return key
        }
    }

    var messageID: MessageID {
        get throws(FrameError) {
            guard let id = MessageID(try required("id", id)) else {
                throw error(.badRequest, "id must be a message id")
            }
            return id
        }
    }

    var oneEmoji: String {
        get throws(FrameError) {
            let emoji = try required("emoji", emoji)
            guard let emoji = Emoji.one(emoji) else {
                throw error(.badRequest, "emoji must be a single emoji")
            }
            return emoji
        }
    }

    var isOn: Bool {
        get throws(FrameError) {
            guard case .boolean(let on) = on else { throw error(.badRequest, "on must be true or false") }
            return on
        }
    }

    func required(_ name: String, _ field: JSONField) throws(FrameError) -> String {
        guard case .string(let value) = field else { throw error(.badRequest, "\(name) must be a string") }
        return value
    }

    func optional(_ name: String, _ field: JSONField) throws(FrameError) -> String? {
        field == .absent ? nil : try required(name, field)
    }

    func optionalID(_ name: String, _ field: JSONField) throws(FrameError) -> MessageID? {
        guard let text = try optional(name, field) else { return nil }
        guard let id = MessageID(text) else { throw error(.badRequest, "\(name) must be a message id") }
        return id
    }

    /// `nil`: absent.
    func integer(_ name: String, _ field: JSONField, in range: ClosedRange<Int>) throws(FrameError) -> Int? {
        if field == .absent { return nil }
        guard case .number(let number) = field, let given = number.int64.flatMap(Int.init(exactly:)),
            range.contains(given)
        else {
            throw error(.badRequest, "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return given
    }

    /// Echoes room and key only if they are within their length limits.
    func error(_ code: ErrorCode, _ message: String) -> FrameError {
        func echo(_ field: JSONField, atMost limit: Int) -> String? {
            guard case .string(let value) = field, value.unicodeScalars.count <= limit else { return nil }
            return value
        }
        return FrameError(
            code, message,
            room: echo(room, atMost: RoomName.maximumLength), key: echo(key, atMost: ClientFrame.maximumKeyLength))
    }
}
