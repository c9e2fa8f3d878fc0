package import ChatModel
package import NIOCore

extension ServerFrame {
    /// Parses a frame as a client does: unknown members are skipped; an unknown type is `unknownType`, which a client
    /// ignores.
    package init(parsing buffer: ByteBuffer) throws(FrameError) {
        let fields: ServerFields
        do throws(JSONError) {
            fields = try ByteReader.read(buffer) { (reader) throws(JSONError) in try ServerFields(from: &reader) }
        } catch {
            throw FrameError(.badJSON, error.description)
        }
        self = try Self.parse(fields)
    }

    private static func parse(_ fields: ServerFields) throws(FrameError) -> ServerFrame {
        switch try fields.required("type", fields.type) {
        case "chat":
            .chat(
                room: try fields.room(), epoch: try fields.epoch(),
                message: try fields.required("id, from, text, ts or a part of act", fields.entry))
        case "ack":
            .ack(
                room: try fields.room(), key: try fields.required("key", fields.key),
                id: try fields.messageID("id", fields.id))
        case "welcome": .welcome(try welcome(fields))
        case "joined": .joined(try joined(fields))
        case "reset": .reset(try reset(fields))
        case "resume":
            .resume(
                room: try fields.room(), epoch: try fields.epoch(),
                messages: try fields.required("messages", fields.messages),
                more: try fields.required("more", fields.more))
        case "history":
            .history(
                .init(
                    room: try fields.room(), position: try fields.position(),
                    messages: try fields.required("messages", fields.messages),
                    more: try fields.required("more", fields.more)))
        case "found": .found(try found(fields))
        case "presence": .presence(try presence(fields))
        case "typing": .typing(room: try fields.room(), user: try fields.required("user", fields.user))
        case "left":
            .left(room: try fields.room(), reason: try fields.required("reason", fields.reason), until: fields.until)
        case "renamed": .renamed(user: try fields.required("user", fields.user))
        case "renewed": .renewed(expiresIn: try fields.required("expiresIn", fields.expiresIn))
        case "error": .error(try error(fields))
        case "goodbye":
            .goodbye(
                reason: try fields.required("reason", fields.reason),
                reconnectAfterMs: try fields.required("reconnectAfterMs", fields.reconnectAfterMs))
        case "status": .status(writable: try fields.required("writable", fields.writable))
        case "pong": .pong(at: fields.at?.token)
        case "traced":
            .traced(
                Traced(
                    room: try fields.room(), key: try fields.required("key", fields.key),
                    id: try fields.messageID("id", fields.id), origin: fields.origin,
                    nodes: try fields.required("nodes", fields.nodes),
                    expected: try fields.required("expected", fields.expected)))
        case "created": .created(key: try fields.required("key", fields.key), room: try fields.room())
        case "rules":
            .rules(room: try fields.room(), head: try fields.messageID("head", fields.head), fields.rules)
        case "roles":
            .roles(
                Roles(
                    room: try fields.room(), holders: try fields.required("roles", fields.roles),
                    count: try fields.required("count", fields.count)))
        case "invitation":
            .invitation(
                Invitation(
                    key: try fields.required("key", fields.key), room: try fields.room(),
                    title: try fields.required("title", fields.title), from: try fields.required("from", fields.from),
                    expiresIn: try fields.required("expiresIn", fields.expiresIn), token: fields.token))
        case "rooms": .rooms(try fields.required("rooms", fields.rooms))
        case "added": .added(room: try fields.room(), from: try fields.required("from", fields.from))
        case "upload":
            .upload(
                Upload(
                    room: try fields.room(), key: try fields.required("key", fields.key),
                    file: try fields.required("file", fields.file), put: try fields.required("put", fields.put),
                    expiresIn: try fields.required("expiresIn", fields.expiresIn)))
        case "deleted": .deleted(room: try fields.room())
        case "read":
            .read(
                ReadPosition(
                    room: try fields.room(),
                    position: RoomPosition(epoch: try fields.epoch(), id: try fields.messageID("id", fields.id))))
        case "link":
            .link(
                Link(
                    key: try fields.required("key", fields.key), user: fields.user, token: fields.token,
                    expiresIn: try fields.required("expiresIn", fields.expiresIn)))
        case "push":
            .push(key: try fields.required("key", fields.key), on: try fields.required("on", fields.on))
        case "linked": .linked(try linked(fields))
        default: throw FrameError(.unknownType, "unknown frame type")
        }
    }

    private static func welcome(_ fields: ServerFields) throws(FrameError) -> Welcome {
        Welcome(
            user: try fields.required("user", fields.user), token: fields.token, expiresIn: fields.expiresIn,
            signIn: fields.signIn, push: fields.pushKey, node: try fields.required("node", fields.node),
            limits: try fields.required("limits", fields.limits),
            heartbeat: try fields.required("heartbeat", fields.heartbeat), files: fields.files?.ofWelcome,
            features: fields.features ?? [])
    }

    private static func joined(_ fields: ServerFields) throws(FrameError) -> Joined {
        Joined(
            room: try fields.room(), position: try fields.position(),
            recovered: try fields.required("recovered", fields.recovered), missing: fields.missing,
            messages: try fields.required("messages", fields.messages), more: try fields.required("more", fields.more),
            members: MemberList(try fields.required("members", fields.members)),
            memberCount: try fields.required("memberCount", fields.memberCount), rules: fields.rules)
    }

    private static func reset(_ fields: ServerFields) throws(FrameError) -> Reset {
        Reset(
            room: try fields.room(), position: try fields.position(),
            recovered: try fields.required("recovered", fields.recovered), missing: fields.missing,
            messages: try fields.required("messages", fields.messages), more: try fields.required("more", fields.more))
    }

    private static func found(_ fields: ServerFields) throws(FrameError) -> Found {
        let reached: MessageID? = if let before = fields.before { try fields.messageID("before", before) } else { nil }
        return Found(
            room: try fields.room(), query: try fields.required("query", fields.query), key: fields.key,
            page: SearchPage(
                position: try fields.position(), messages: try fields.required("messages", fields.messages),
                reached: reached, more: try fields.required("more", fields.more)))
    }

    private static func linked(_ fields: ServerFields) throws(FrameError) -> Linked? {
        guard let key = fields.key else { return nil }
        return Linked(
            key: key, user: try fields.required("user", fields.user),
            token: try fields.required("token", fields.token))
    }

    private static func presence(_ fields: ServerFields) throws(FrameError) -> Presence {
        if fields.reset == true {
            return .reset(
                room: try fields.room(), members: try fields.required("members", fields.members),
                memberCount: try fields.required("memberCount", fields.memberCount))
        }
        return .changed(
            room: try fields.room(), joined: try fields.required("joined", fields.joined),
            left: try fields.required("left", fields.left),
            memberCount: try fields.required("memberCount", fields.memberCount))
    }

    private static func error(_ fields: ServerFields) throws(FrameError) -> FrameError {
        guard let code = ErrorCode(rawValue: try fields.required("code", fields.code)) else {
            throw FrameError(.unknownType, "unknown error code")
        }
        return FrameError(
            code, try fields.required("message", fields.message), room: fields.roomName, key: fields.key,
            retryAfterMs: fields.retryAfterMs, signIn: fields.signIn, until: fields.until)
    }
}

extension ServerFields {
    fileprivate func required<Value>(_ name: String, _ value: Value?) throws(FrameError) -> Value {
        guard let value else { throw FrameError(.badRequest, "\(name) is missing") }
        return value
    }

    fileprivate func room() throws(FrameError) -> RoomName {
        guard let room = RoomName(try required("room", roomName)) else {
            throw FrameError(.badRoom, "room is not a valid room name")
        }
        return room
    }

    fileprivate func messageID(_ name: String, _ text: String?) throws(FrameError) -> MessageID {
        guard let id = MessageID(try required(name, text)) else {
            throw FrameError(.badRequest, "\(name) is not a message id")
        }
        return id
    }

    fileprivate func epoch() throws(FrameError) -> Epoch {
        guard let epoch = Epoch(try required("epoch", epochText)) else {
            throw FrameError(.badRequest, "epoch is not an epoch")
        }
        return epoch
    }

    fileprivate func position() throws(FrameError) -> RoomPosition {
        RoomPosition(epoch: try epoch(), id: try messageID("head", head))
    }
}
