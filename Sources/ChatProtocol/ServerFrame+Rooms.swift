package import ChatModel
import NIOCore

/// Frames about rooms that belong to somebody (`docs/protocol.md`, section 13).
extension ServerFrame {
    /// The rules of a room as one member sees them.
    package struct Rules: Hashable, Sendable {
        package let title: String
        package let topic: String
        package let speakers: Speakers
        /// Least seconds between two messages of a user.
        package let slow: Int
        /// The reader's own.
        package let role: RoomRole
        /// The other member of a direct room.
        package let with: User?

        package init(
            title: String, topic: String, speakers: Speakers, slow: Int, role: RoomRole, with: User? = nil
        ) {
            self.title = title
            self.topic = topic
            self.speakers = speakers
            self.slow = slow
            self.role = role
            self.with = with
        }
    }

    /// The answer to `roles`.
    package struct Roles: Hashable, Sendable {
        package static let most = 1_000

        package struct Holder: Hashable, Sendable {
            package let user: User
            package let role: RoomRole
            /// Milliseconds since 1970; `nil`: it does not end.
            package let until: Int64?

            package init(user: User, role: RoomRole, until: Int64?) {
                self.user = user
                self.role = role
                self.until = until
            }
        }

        package let room: RoomName
        package let holders: [Holder]
        package let count: Int

        package init(room: RoomName, holders: [Holder], count: Int) {
            self.room = room
            self.holders = holders
            self.count = count
        }
    }

    /// The answer to `invite` and `inspect`.
    package struct Invitation: Hashable, Sendable {
        package let key: String
        package let room: RoomName
        package let title: String
        package let from: User
        /// In seconds.
        package let expiresIn: Int
        /// Only for who invites.
        package let token: String?

        package init(key: String, room: RoomName, title: String, from: User, expiresIn: Int, token: String?) {
            self.key = key
            self.room = room
            self.title = title
            self.from = from
            self.expiresIn = expiresIn
            self.token = token
        }
    }
}

extension ServerFrame.Rules {
    func encode(into buffer: inout ByteBuffer) {
        buffer.writeJSON(literal: #"{"title":"#)
        buffer.writeJSON(title)
        buffer.member("topic", topic)
        buffer.member("speak", speakers.rawValue)
        buffer.member("slow", slow)
        buffer.member("role", role.rawValue)
        if let with { buffer.member("with", with) }
        buffer.writeJSON(literal: "}")
    }
}

extension ServerFrame.Roles {
    func encode(into buffer: inout ByteBuffer) {
        buffer.open("roles", room)
        buffer.writeJSON(literal: #","roles":"#)
        buffer.writeJSON(array: holders) { buffer, holder in
            buffer.writeJSON(literal: #"{"id":"#)
            buffer.writeJSON(holder.user.id.description)
            buffer.member("name", holder.user.name)
            buffer.member("role", holder.role.rawValue)
            if let until = holder.until {
                buffer.name("until")
                buffer.writeJSON(until)
            }
            buffer.writeJSON(literal: "}")
        }
        buffer.member("count", count)
    }
}

extension ServerFrame.Invitation {
    func encode(into buffer: inout ByteBuffer) {
        buffer.open("invitation", room)
        buffer.member("key", key)
        buffer.member("title", title)
        buffer.member("from", from)
        buffer.member("expiresIn", expiresIn)
        if let token { buffer.member("token", token) }
    }
}

extension ByteReader {
    mutating func readRules() throws(JSONError) -> ServerFrame.Rules {
        var (title, topic, speak, slow, role) = ("", "", "", 0, "")
        var with: User?
        try readObject { (member, reader) throws(JSONError) in
            switch member {
            case "title": title = try reader.readString()
            case "topic": topic = try reader.readString()
            case "speak": speak = try reader.readString()
            case "slow": slow = try reader.readInteger()
            case "role": role = try reader.readString()
            case "with": with = try reader.readUser()
            default: try reader.skip()
            }
        }
        return ServerFrame.Rules(
            title: title, topic: topic, speakers: Speakers(rawValue: speak) ?? .everyone, slow: slow,
            role: RoomRole(rawValue: role) ?? .none, with: with)
    }

    mutating func readRoles() throws(JSONError) -> [ServerFrame.Roles.Holder] {
        var holders: [ServerFrame.Roles.Holder] = []
        try readArray { (reader) throws(JSONError) in
            var (id, name, role) = ("", "", "")
            var until: Int64?
            try reader.readObject { (member, reader) throws(JSONError) in
                switch member {
                case "id": id = try reader.readString()
                case "name": name = try reader.readString()
                case "role": role = try reader.readString()
                case "until": until = try reader.readInteger()
                default: try reader.skip()
                }
            }
            guard let role = RoomRole(rawValue: role) else { return }
            holders.append(.init(user: User(id: UserID(id), name: name), role: role, until: until))
        }
        return holders
    }
}
