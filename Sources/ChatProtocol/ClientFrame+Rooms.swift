import ChatModel
import NIOCore

/// Frames about rooms that belong to somebody (`docs/protocol.md`, section 13).
extension ClientFrame {
    private static let longestToken = 4_096

    static func role(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        guard let role = RoomRole(rawValue: try fields.required("role", fields.role)) else {
            let roles = RoomRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error(.badRequest, "role must be one of \(roles)")
        }
        let seconds = try fields.integer("seconds", fields.seconds, in: 1...RoleEnd.mostSeconds)
        let change = RoomChange.role(
            role, of: try userID("member", fields.member, of: fields), seconds.map { .after(seconds: $0) } ?? .never)
        return .act(
            .room(change), room: try fields.roomName,
            text: try userName(try fields.required("name", fields.name)), key: try fields.messageKey)
    }

    static func policy(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        guard let setting = RoomSetting(rawValue: try fields.required("setting", fields.setting)) else {
            let settings = RoomSetting.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error(.badRequest, "setting must be one of \(settings)")
        }
        let value = try line("text", fields.text, of: setting, in: fields)
        return .act(.room(.policy(setting)), room: try fields.roomName, text: value, key: try fields.messageKey)
    }

    static func roomRequest(_ fields: ClientFields) throws(FrameError) -> RoomRequest {
        switch try fields.required("type", fields.type) {
        case "create":
            .create(try newRoom(fields), title: try title(fields), key: try fields.messageKey)
        case "roles": .roles(try fields.roomName)
        case "invite":
            .invite(
                try fields.roomName, uses: try fields.integer("uses", fields.uses, in: RoomRequest.uses) ?? 1,
                seconds: try fields.integer("seconds", fields.seconds, in: RoomRequest.seconds)
                    ?? RoomRequest.usualSeconds, key: try fields.messageKey)
        case "inspect": .inspect(token: try token(fields), key: try fields.messageKey)
        case "accept": .accept(token: try token(fields), key: try fields.messageKey)
        default: .list
        }
    }

    private static func newRoom(_ fields: ClientFields) throws(FrameError) -> NewRoom {
        if fields.with != .absent {
            let user = User(
                id: try userID("with", fields.with, of: fields),
                name: try userName(try fields.required("name", fields.name)))
            return .direct(user)
        }
        if case .boolean(true) = fields.isPrivate { return .private }
        let room = try fields.roomName
        guard room.kind == .open else {
            throw fields.error(.badRoom, "names of this form are for private rooms, which the server names")
        }
        guard room != .lobby else { throw fields.error(.forbidden, "the lobby belongs to nobody") }
        return .open(room)
    }

    private static func title(_ fields: ClientFields) throws(FrameError) -> String {
        fields.title == .absent ? "" : try line("title", fields.title, of: .title, in: fields)
    }

    /// A value on one line, without characters that would change the direction of other text.
    private static func line(
        _ name: String, _ field: JSONField, of setting: RoomSetting, in fields: ClientFields
    ) throws(FrameError) -> String {
        let text = MessageText.cleaned(try fields.required(name, field)) ?? "\u{FFFD}"
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard text != "\u{FFFD}", let value = setting.value(line) else {
            throw fields.error(.badRequest, "\(name) is no value of \(setting.rawValue), or too long")
        }
        return value
    }

    static func token(_ fields: ClientFields) throws(FrameError) -> String {
        let token = try fields.required("token", fields.token)
        guard token.utf8.count <= longestToken else { throw fields.error(.badRequest, "the token is too long") }
        return token
    }

    private static func userID(
        _ name: String, _ field: JSONField, of fields: ClientFields
    ) throws(FrameError) -> UserID {
        guard let id = UserID(checking: try fields.required(name, field)) else {
            throw fields.error(.badRequest, "\(name) must be a user's id")
        }
        return id
    }
}

extension ClientFrame.RoomRequest {
    /// Appends `type` and members; leaves the object open.
    func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .create(let room, let title, let key):
            buffer.open("create")
            switch room {
            case .open(let name): buffer.member("room", name.description)
            case .private: buffer.writeJSON(literal: #","private":true"#)
            case .direct(let user):
                buffer.member("with", user.id.description)
                buffer.member("name", user.name)
            }
            if !title.isEmpty { buffer.member("title", title) }
            buffer.member("key", key)
        case .roles(let room): buffer.open("roles", room)
        case .invite(let room, let uses, let seconds, let key):
            buffer.open("invite", room)
            buffer.member("uses", uses)
            buffer.member("seconds", seconds)
            buffer.member("key", key)
        case .inspect(let token, let key):
            buffer.open("inspect")
            buffer.member("token", token)
            buffer.member("key", key)
        case .accept(let token, let key):
            buffer.open("accept")
            buffer.member("token", token)
            buffer.member("key", key)
        case .list: buffer.open("rooms")
        }
    }
}

extension RoomChange {
    /// Appends `type` and members; leaves the object open.
    /// - `text`: of the entry.
    func encode(text: String, into buffer: inout ByteBuffer) {
        switch self {
        case .role(let role, let user, let end):
            buffer.open("role")
            buffer.member("member", user.description)
            buffer.member("name", text)
            buffer.member("role", role.rawValue)
            if case .after(let seconds) = end { buffer.member("seconds", seconds) }
        case .policy(let setting):
            buffer.open("policy")
            buffer.member("setting", setting.rawValue)
            buffer.member("text", text)
        }
    }
}
