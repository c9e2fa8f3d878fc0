package import ChatModel
package import NIOCore

extension ClientFrame {
    /// Maximum length of a message's key, in characters.
    package static let maximumKeyLength = 64
    /// Messages in one `history` page.
    package static let historyLimit = 1...200
    private static let usualHistoryLimit = 50
    private static let maximumNumberLength = 64

    /// Parses and checks one frame. Errors name the field, and carry room and key where known.
    package init(parsing buffer: ByteBuffer) throws(FrameError) {
        self = try Self.parse(try ClientFields(parsing: buffer))
    }

    private static func parse(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        switch try fields.required("type", fields.type) {
        case "chat": try chat(fields)
        case "upload": try upload(fields)
        case "join": .join(room: try fields.roomName, since: try since(fields))
        case "edit":
            .act(
                .edit(try fields.messageID), room: try fields.roomName, text: try fields.messageText,
                key: try fields.messageKey)
        case "delete":
            .act(.delete(try fields.messageID), room: try fields.roomName, text: "", key: try fields.messageKey)
        case "react":
            .act(
                .react(try fields.messageID, emoji: try fields.oneEmoji, on: try fields.isOn),
                room: try fields.roomName, text: "", key: try fields.messageKey)
        case "typing": .typing(room: try fields.roomName)
        case "leave": .leave(room: try fields.roomName)
        case "history": try history(fields)
        case "search": try search(fields)
        case "trace":
            .trace(room: try fields.roomName, id: try fields.messageID, key: try fields.messageKey)
        case "ping": .ping(at: try ping(fields))
        case "rename": .rename(name: try userName(try fields.required("name", fields.name)))
        case "hello": try hello(fields)
        case "role": try role(fields)
        case "policy": try policy(fields)
        case "create", "roles", "invite", "inspect", "accept", "rooms": .rooms(try roomRequest(fields))
        case "read", "reads", "link", "push": .devices(try deviceRequest(fields))
        case "renew": .renew(token: try fields.required("token", fields.token))
        default:
            throw fields.error(
                .unknownType,
                "type must be hello, renew, join, leave, chat, upload, edit, delete, react, typing, rename, history, search, trace, ping, create, role, policy, roles, invite, inspect, accept, rooms, read, reads, link or push"
            )
        }
    }

    private static func hello(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        let name = try fields.optional("name", fields.name)
        let token = try fields.optional("token", fields.token)
        guard let name else { return .hello(token: token, name: nil) }
        return .hello(token: token, name: try userName(name))
    }

    private static func chat(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        let files = try fields.fileTickets
        return .chat(
            room: try fields.roomName, text: try fields.messageText(mayBeEmpty: !files.isEmpty),
            key: try fields.messageKey, re: try fields.optionalID("re", fields.re), files: files)
    }

    private static func since(_ fields: ClientFields) throws(FrameError) -> Since? {
        let epoch = try fields.optional("epoch", fields.epoch)
        guard let since = try fields.optional("since", fields.since) else { return nil }
        guard let epoch, let epoch = Epoch(epoch), let id = MessageID(since) else { return .foreign }
        return .position(RoomPosition(epoch: epoch, id: id))
    }

    private static func history(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        let before = try fields.optionalID("before", fields.before)
        let after = try fields.optionalID("after", fields.after)
        guard before == nil || after == nil else {
            throw fields.error(.badRequest, "history takes before or after, not both")
        }
        let limit = try fields.integer("limit", fields.limit, in: historyLimit) ?? usualHistoryLimit
        return .history(room: try fields.roomName, after.map { .after($0) } ?? .before(before), limit: limit)
    }

    private static func search(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        guard let query = SearchQuery(try fields.required("query", fields.query)) else {
            throw fields.error(
                .badRequest,
                "query must have 1 to \(SearchQuery.maximumLength) characters and contain something to search for")
        }
        let before = try fields.optionalID("before", fields.before)
        let key = fields.key == .absent ? nil : try fields.messageKey
        return .search(room: try fields.roomName, Search(query, before: before, key: key))
    }

    private static func ping(_ fields: ClientFields) throws(FrameError) -> String? {
        switch fields.at {
        case .absent: return nil
        case .number(let number) where number.token.utf8.count <= maximumNumberLength: return number.token
        case .number, .string, .boolean, .other:
            throw fields.error(.badRequest, "at must be a number of at most \(maximumNumberLength) characters")
        }
    }

    static func userName(_ name: String) throws(FrameError) -> String {
        guard let name = UserName(name) else {
            throw FrameError(
                .badName,
                "name must have 1 to \(UserName.maximumLength) characters, at least one of them visible, "
                    + "and no control characters")
        }
        return name.description
    }
}
