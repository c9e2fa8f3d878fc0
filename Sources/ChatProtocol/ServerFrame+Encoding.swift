import ChatModel
package import NIOCore

extension ServerFrame {
    /// Appends the frame as JSON; `FrameEncoder.text` wraps it in a WebSocket frame.
    package func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .chat(let room, let epoch, let message):
            message.encodeChat(room: room, epoch: epoch, into: &buffer)
        case .ack(let room, let key, let id):
            buffer.open("ack", room)
            buffer.member("key", key)
            buffer.member("id", id)
        case .welcome(let welcome):
            welcome.encode(into: &buffer)
        case .joined(let joined):
            joined.encode(into: &buffer)
        case .reset(let reset):
            reset.encode(into: &buffer)
        case .resume(let room, let epoch, let messages, let more):
            buffer.open("resume", room)
            buffer.page(epoch: epoch, messages: messages, more: more)
        case .history(let history):
            buffer.open("history", history.room)
            buffer.member("epoch", history.position.epoch.description)
            buffer.member("head", history.position.id)
            buffer.page(messages: history.messages, more: history.more)
        case .found(let found):
            found.encode(into: &buffer)
        case .presence(let presence):
            presence.encode(into: &buffer)
        case .typing(let room, let user):
            buffer.open("typing", room)
            buffer.member("user", user)
        case .left(let room, let reason, let until):
            buffer.open("left", room)
            buffer.member("reason", reason)
            if let until {
                buffer.name("until")
                buffer.writeJSON(until)
            }
        case .renamed(let user):
            buffer.open("renamed")
            buffer.member("user", user)
        case .renewed(let expiresIn):
            buffer.open("renewed")
            buffer.member("expiresIn", expiresIn)
        case .error(let error):
            error.encode(into: &buffer)
        case .goodbye(let reason, let reconnectAfterMs):
            buffer.open("goodbye")
            buffer.member("reason", reason)
            buffer.member("reconnectAfterMs", reconnectAfterMs)
        case .pong(let at):
            buffer.open("pong")
            if let at {
                buffer.name("at")
                buffer.writeJSON(token: at)
            }
        case .status(let writable):
            buffer.open("status")
            buffer.member("writable", writable)
        case .traced(let traced):
            traced.encode(into: &buffer)
        case .created(let key, let room):
            buffer.open("created", room)
            buffer.member("key", key)
        case .rules(let room, let head, let rules):
            buffer.open("rules", room)
            buffer.member("head", head)
            if let rules {
                buffer.name("rules")
                rules.encode(into: &buffer)
            }
        case .roles(let roles):
            roles.encode(into: &buffer)
        case .invitation(let invitation):
            invitation.encode(into: &buffer)
        case .rooms(let rooms):
            buffer.open("rooms")
            buffer.name("rooms")
            buffer.writeJSON(array: rooms) { $0.writeJSON($1.description) }
        case .added(let room, let user):
            buffer.open("added", room)
            buffer.member("from", user)
        case .upload(let upload): upload.encode(into: &buffer)
        case .deleted(let room): buffer.open("deleted", room)
        case .read(let read): buffer.open(read)
        case .link(let link): link.encode(into: &buffer)
        case .linked(let linked):
            buffer.open("linked")
            linked?.encode(into: &buffer)
        case .push(let key, let on):
            buffer.open("push")
            buffer.member("key", key)
            buffer.member("on", on)
        }
        if case .chat = self { return }
        buffer.writeJSON(literal: "}")
    }
}

extension ServerFrame.Welcome {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.open("welcome")
        buffer.writeJSON(literal: #","user":{"id":"#)
        buffer.writeJSON(user.id.description)
        buffer.member("name", user.name)
        buffer.member("kind", kind.rawValue)
        buffer.writeJSON(literal: "}")
        if let token { buffer.member("token", token) }
        if let expiresIn { buffer.member("expiresIn", expiresIn) }
        if let signIn { buffer.member("signIn", signIn) }
        buffer.member("node", node)
        buffer.writeJSON(literal: #","limits":{"textChars":"#)
        buffer.writeJSON(limits.textChars)
        buffer.member("frameBytes", limits.frameBytes)
        buffer.member("rooms", limits.rooms)
        buffer.member("burst", limits.burst)
        buffer.member("perSecond", limits.perSecond)
        buffer.member("dedupeSeconds", limits.dedupeSeconds)
        buffer.writeJSON(literal: "}")
        buffer.member("heartbeat", heartbeat)
        files?.encode(into: &buffer)
        buffer.writeJSON(literal: #","features":"#)
        buffer.writeJSON(array: features) { $0.writeJSON($1) }
        guard let push else { return }
        buffer.writeJSON(literal: #","push":{"key":"#)
        buffer.writeJSON(push)
        buffer.writeJSON(literal: "}")
    }
}

extension ServerFrame.Joined {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.open("joined", room)
        buffer.position(position, recovered: recovered, missing: missing)
        buffer.page(messages: messages, more: more)
        buffer.member("members", members)
        buffer.member("memberCount", memberCount)
        guard let rules else { return }
        buffer.name("rules")
        rules.encode(into: &buffer)
    }
}

extension ServerFrame.Reset {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.open("reset", room)
        buffer.position(position, recovered: recovered, missing: missing)
        buffer.page(messages: messages, more: more)
    }
}

extension ServerFrame.Found {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.open("found", room)
        buffer.member("epoch", page.position.epoch.description)
        buffer.member("head", page.position.id)
        buffer.member("query", query)
        if let key { buffer.member("key", key) }
        if let reached = page.reached { buffer.member("before", reached) }
        buffer.page(messages: page.messages, more: page.more)
    }
}

extension ServerFrame.Presence {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .changed(let room, let joined, let left, let memberCount):
            buffer.open("presence", room)
            buffer.member("joined", joined)
            buffer.member("left", left)
            buffer.member("memberCount", memberCount)
        case .reset(let room, let members, let memberCount):
            buffer.open("presence", room)
            buffer.member("reset", true)
            buffer.member("members", members)
            buffer.member("memberCount", memberCount)
        }
    }
}

extension ServerFrame.Traced {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.open("traced", room)
        buffer.member("key", key)
        buffer.member("id", id)
        if let origin {
            buffer.writeJSON(literal: #","origin":{"node":"#)
            buffer.writeJSON(origin.node)
            buffer.member("waited", origin.waited)
            buffer.member("confirmed", origin.confirmed)
            buffer.writeJSON(literal: "}")
        }
        buffer.name("nodes")
        buffer.writeJSON(array: nodes) { $1.encode(into: &$0) }
        buffer.member("expected", expected)
    }
}

extension ServerFrame.Traced.Node {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.writeJSON(literal: #"{"node":"#)
        buffer.writeJSON(node)
        if let passage {
            if let heard = passage.heard {
                buffer.member("heard", heard.duration)
                buffer.member("within", heard.within)
            }
            buffer.member("fanOut", passage.fanOut)
            buffer.member("sockets", passage.sockets)
        }
        buffer.writeJSON(literal: "}")
    }
}

extension FrameError {
    fileprivate func encode(into buffer: inout ByteBuffer) {
        buffer.open("error")
        buffer.member("code", code.rawValue)
        buffer.member("message", message)
        if let room { buffer.member("room", room) }
        if let key { buffer.member("key", key) }
        if let retryAfterMs { buffer.member("retryAfterMs", retryAfterMs) }
        if let signIn { buffer.member("signIn", signIn) }
        if let until {
            buffer.name("until")
            buffer.writeJSON(until)
        }
    }
}

/// The building blocks of frames. Each writes its leading comma: `type` is always first.
extension ByteBuffer {
    mutating func open(_ type: StaticString) {
        writeJSON(literal: #"{"type":""#)
        writeJSON(literal: type)
        writeJSON(literal: #"""#)
    }

    mutating func open(_ type: StaticString, _ room: RoomName) {
        open(type)
        // Room names need no escapes.
        writeJSON(literal: #","room":""#)
        writeJSON(token: room.description)
        writeJSON(literal: #"""#)
    }

    mutating func name(_ name: StaticString) {
        writeJSON(literal: #",""#)
        writeJSON(literal: name)
        writeJSON(literal: #"":"#)
    }

    mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        writeJSON(value)
    }

    mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
        self.name(name)
        writeJSON(value)
    }

    mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        writeJSON(value)
    }

    mutating func member(_ name: StaticString, _ user: User) {
        self.name(name)
        writeJSON(user)
    }

    fileprivate mutating func member(_ name: StaticString, _ users: [User]) {
        self.name(name)
        writeJSON(array: users) { $0.writeJSON($1) }
    }

    fileprivate mutating func member(_ name: StaticString, _ list: MemberList) {
        self.name(name)
        writeImmutableBuffer(list.json)
    }

    mutating func member(_ name: StaticString, _ id: MessageID) {
        self.name(name)
        writeJSON(literal: #"""#)
        id.encode(into: &self)
        writeJSON(literal: #"""#)
    }

    mutating func writeJSON(_ user: User) {
        writeJSON(literal: #"{"id":"#)
        writeJSON(user.id.description)
        member("name", user.name)
        writeJSON(literal: "}")
    }

    fileprivate mutating func position(_ position: RoomPosition, recovered: Bool, missing: ServerFrame.Missing?) {
        member("epoch", position.epoch.description)
        member("head", position.id)
        member("recovered", recovered)
        guard let missing else { return }
        writeJSON(literal: #","missing":{"from":""#)
        missing.from.encode(into: &self)
        writeJSON(literal: #"""#)
        member("to", missing.to)
        writeJSON(literal: "}")
    }

    fileprivate mutating func page(epoch: Epoch? = nil, messages: [ChatMessage], more: Bool) {
        if let epoch { member("epoch", epoch.description) }
        name("messages")
        writeJSON(array: messages) { $1.encodeElement(into: &$0) }
        member("more", more)
    }
}
