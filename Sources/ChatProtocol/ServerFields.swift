import ChatModel
import NIOCore

/// The members of a server frame of any type; they may come in any order, `type` even last.
struct ServerFields {
    private(set) var type: String?
    private(set) var roomName: String?
    private(set) var epochText: String?
    private(set) var head: String?
    private(set) var id: String?
    private(set) var key: String?
    private(set) var query: String?
    private(set) var before: String?
    private(set) var text: String?
    private(set) var token: String?
    private(set) var expiresIn: Int?
    private(set) var signIn: String?
    private(set) var node: String?
    private(set) var reason: String?
    private(set) var code: String?
    private(set) var message: String?
    private(set) var ts: Int64?
    private(set) var at: JSONNumber?
    private(set) var heartbeat: Int?
    private(set) var memberCount: Int?
    private(set) var retryAfterMs: Int?
    private(set) var reconnectAfterMs: Int?
    private(set) var recovered: Bool?
    private(set) var more: Bool?
    private(set) var reset: Bool?
    private(set) var user: User?
    private(set) var from: User?
    private(set) var members: [User]?
    private(set) var joined: [User]?
    private(set) var left: [User]?
    private(set) var messages: [ChatMessage]?
    private(set) var missing: ServerFrame.Missing?
    private(set) var limits: ServerFrame.Limits?
    private(set) var act: String?
    private(set) var target: String?
    private(set) var re: String?
    private(set) var emoji: String?
    private(set) var on: Bool?
    private(set) var writable: Bool?
    private(set) var edited: String?
    private(set) var deleted: Bool?
    private(set) var reactions: [MessageReaction]?
    private(set) var origin: ServerFrame.Traced.Origin?
    private(set) var nodes: [ServerFrame.Traced.Node]?
    private(set) var expected: Int?
    private(set) var member: String?
    private(set) var role: String?
    private(set) var until: Int64?
    private(set) var setting: String?
    private(set) var rules: ServerFrame.Rules?
    private(set) var roles: [ServerFrame.Roles.Holder]?
    private(set) var count: Int?
    private(set) var title: String?
    private(set) var rooms: [RoomName]?
    private(set) var files: ServerFrame.FilesMember?
    private(set) var file: String?
    private(set) var put: ServerFrame.Upload.Put?
    private(set) var features: [String]?
    private(set) var pushKey: String?

    init(from reader: inout ByteReader) throws(JSONError) {
        var fields = ServerFields()
        try reader.readObject { (name, reader) throws(JSONError) in try fields.read(name, from: &reader) }
        self = fields
    }

    private init() {}

    private mutating func read(_ name: String, from reader: inout ByteReader) throws(JSONError) {
        switch name {
        case "type": type = try reader.readString()
        case "room": roomName = try reader.readString()
        case "epoch": epochText = try reader.readString()
        case "head": head = try reader.readString()
        case "id": id = try reader.readString()
        case "key": key = try reader.readString()
        case "query": query = try reader.readString()
        case "before": before = try reader.readString()
        case "text": text = try reader.readString()
        case "token": token = try reader.readString()
        case "expiresIn": expiresIn = try reader.readInteger()
        case "signIn": signIn = try reader.readString()
        case "node": node = try reader.readString()
        case "reason": reason = try reader.readString()
        case "code": code = try reader.readString()
        case "message": message = try reader.readString()
        case "ts": ts = try reader.readInteger()
        case "at": at = try reader.readNumber()
        case "heartbeat": heartbeat = try reader.readInteger()
        case "memberCount": memberCount = try reader.readInteger()
        case "retryAfterMs": retryAfterMs = try reader.readInteger()
        case "reconnectAfterMs": reconnectAfterMs = try reader.readInteger()
        case "recovered": recovered = try reader.readBoolean()
        case "more": more = try reader.readBoolean()
        case "reset": reset = try reader.readBoolean()
        case "user": user = try reader.readUser()
        case "from": from = try reader.readUser()
        case "members": members = try reader.readUsers()
        case "joined": joined = try reader.readUsers()
        case "left": left = try reader.readUsers()
        case "messages": messages = try reader.readMessages()
        case "missing": missing = try reader.readMissing()
        case "limits": limits = try reader.readLimits()
        case "re": re = try reader.readString()
        case "act": act = try reader.readString()
        case "target": target = try reader.readString()
        case "emoji": emoji = try reader.readString()
        case "on": on = try reader.readBoolean()
        case "writable": writable = try reader.readBoolean()
        case "edited": edited = try reader.readString()
        case "deleted": deleted = try reader.readBoolean()
        case "reactions": reactions = try reader.readReactions()
        case "origin": origin = try reader.readOrigin()
        case "nodes": nodes = try reader.readNodes()
        case "expected": expected = try reader.readInteger()
        case "member": member = try reader.readString()
        case "role": role = try reader.readString()
        case "until": until = try reader.readInteger()
        case "setting": setting = try reader.readString()
        case "rules": rules = try reader.readRules()
        case "roles": roles = try reader.readRoles()
        case "count": count = try reader.readInteger()
        case "title": title = try reader.readString()
        case "rooms": rooms = try reader.readStrings().compactMap { RoomName($0) }
        case "files": files = try ServerFrame.FilesMember(from: &reader)
        case "file": file = try reader.readString()
        case "put": put = try reader.readPut()
        case "features": features = try reader.readStrings()
        case "push":
            try reader.readObject { (name, reader) throws(JSONError) in
                if name == "key" { pushKey = try reader.readString() } else { try reader.skip() }
            }
        default: try reader.skip()
        }
    }
}

extension ByteReader {
    mutating func readInteger<Value: FixedWidthInteger>() throws(JSONError) -> Value {
        guard let value = try readNumber().int64.flatMap(Value.init(exactly:)) else {
            throw expected("an integer")
        }
        return value
    }

    mutating func readStrings() throws(JSONError) -> [String] {
        var strings: [String] = []
        try readArray { (reader) throws(JSONError) in strings.append(try reader.readString()) }
        return strings
    }

    mutating func readUser() throws(JSONError) -> User {
        var id: String?
        var name: String?
        try readObject { (member, reader) throws(JSONError) in
            switch member {
            case "id": id = try reader.readString()
            case "name": name = try reader.readString()
            default: try reader.skip()
            }
        }
        guard let id, let name else { throw expected("a user's id and name") }
        return User(id: UserID(id), name: name)
    }

    fileprivate mutating func readUsers() throws(JSONError) -> [User] {
        var users: [User] = []
        try readArray { (reader) throws(JSONError) in users.append(try reader.readUser()) }
        return users
    }

    fileprivate mutating func readMessages() throws(JSONError) -> [ChatMessage] {
        var messages: [ChatMessage] = []
        try readArray { (reader) throws(JSONError) in
            guard let message = try ServerFields(from: &reader).entry else {
                throw reader.expected("a message's id, from, text and ts, and an act's target")
            }
            messages.append(message)
        }
        return messages
    }

    fileprivate mutating func readReactions() throws(JSONError) -> [MessageReaction] {
        var reactions: [MessageReaction] = []
        try readArray { (reader) throws(JSONError) in
            var emoji: String?
            var users: [UserID] = []
            try reader.readObject { (member, reader) throws(JSONError) in
                switch member {
                case "emoji": emoji = try reader.readString()
                case "users":
                    try reader.readArray { (reader) throws(JSONError) in users.append(UserID(try reader.readString())) }
                default: try reader.skip()
                }
            }
            guard let emoji else { throw reader.expected("a reaction's emoji") }
            reactions.append(MessageReaction(emoji: emoji, users: users))
        }
        return reactions
    }

    fileprivate mutating func readMissing() throws(JSONError) -> ServerFrame.Missing {
        var from: String?
        var to: String?
        try readObject { (member, reader) throws(JSONError) in
            switch member {
            case "from": from = try reader.readString()
            case "to": to = try reader.readString()
            default: try reader.skip()
            }
        }
        guard let from = from.flatMap(MessageID.init), let to = to.flatMap(MessageID.init) else {
            throw expected("the ids from and to")
        }
        return ServerFrame.Missing(from: from, to: to)
    }

    fileprivate mutating func readLimits() throws(JSONError) -> ServerFrame.Limits {
        var limits: [String: Int] = [:]
        try readObject { (member, reader) throws(JSONError) in
            if try reader.peek() == .number {
                limits[member] = try reader.readInteger()
            } else {
                try reader.skip()
            }
        }
        guard let textChars = limits["textChars"], let frameBytes = limits["frameBytes"], let rooms = limits["rooms"],
            let burst = limits["burst"], let perSecond = limits["perSecond"],
            let dedupeSeconds = limits["dedupeSeconds"]
        else { throw expected("all limits") }
        return ServerFrame.Limits(
            textChars: textChars, frameBytes: frameBytes, rooms: rooms, burst: burst, perSecond: perSecond,
            dedupeSeconds: dedupeSeconds)
    }
}
