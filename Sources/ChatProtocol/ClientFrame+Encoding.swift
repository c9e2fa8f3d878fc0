import ChatModel
package import NIOCore

extension ClientFrame {
    /// Appends the frame as JSON, as a client sends it.
    package func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .hello(let token, let name):
            buffer.writeJSON(literal: #"{"type":"hello""#)
            buffer.member("token", token)
            buffer.member("name", name)
        case .renew(let token):
            buffer.writeJSON(literal: #"{"type":"renew""#)
            buffer.member("token", token)
        case .join(let room, let since):
            buffer.writeJSON(literal: #"{"type":"join""#)
            buffer.member("room", room.description)
            switch since {
            case nil: break
            case .position(let position):
                buffer.member("since", position.id.description)
                buffer.member("epoch", position.epoch.description)
            case .foreign:
                buffer.member("since", "foreign")
            }
        case .leave(let room):
            buffer.writeJSON(literal: #"{"type":"leave""#)
            buffer.member("room", room.description)
        case .chat(let room, let text, let key, let re, let files):
            buffer.writeJSON(literal: #"{"type":"chat""#)
            buffer.member("room", room.description)
            buffer.member("text", text)
            buffer.member("key", key)
            buffer.member("re", re?.description)
            if !files.isEmpty {
                buffer.writeJSON(literal: #","files":"#)
                buffer.writeJSON(array: files) { $0.writeJSON($1) }
            }
        case .upload(let file):
            buffer.open("upload", file.room)
            buffer.member("name", file.name.description)
            buffer.member("mediaType", file.type.description)
            buffer.member("bytes", file.bytes)
            if let size = file.size {
                buffer.member("width", size.width)
                buffer.member("height", size.height)
            }
            buffer.member("key", file.key)
        case .act(let act, let room, let text, let key):
            act.encode(text: text, into: &buffer)
            buffer.member("room", room.description)
            buffer.member("key", key)
        case .typing(let room):
            buffer.writeJSON(literal: #"{"type":"typing""#)
            buffer.member("room", room.description)
        case .rename(let name):
            buffer.writeJSON(literal: #"{"type":"rename""#)
            buffer.member("name", name)
        case .history(let room, let part, let limit):
            buffer.writeJSON(literal: #"{"type":"history""#)
            buffer.member("room", room.description)
            switch part {
            case .before(let id): buffer.member("before", id?.description)
            case .after(let id): buffer.member("after", id.description)
            }
            buffer.writeJSON(literal: #","limit":"#)
            buffer.writeJSON(limit)
        case .search(let room, let search):
            buffer.writeJSON(literal: #"{"type":"search""#)
            buffer.member("room", room.description)
            buffer.member("query", search.query.description)
            buffer.member("before", search.before?.description)
            buffer.member("key", search.key)
        case .trace(let room, let id, let key):
            buffer.writeJSON(literal: #"{"type":"trace""#)
            buffer.member("room", room.description)
            buffer.member("id", id.description)
            buffer.member("key", key)
        case .ping(let at):
            buffer.writeJSON(literal: #"{"type":"ping""#)
            if let at {
                buffer.writeJSON(literal: #","at":"#)
                buffer.writeJSON(token: at)
            }
        case .rooms(let request):
            request.encode(into: &buffer)
        case .devices(let request):
            request.encode(into: &buffer)
        }
        buffer.writeJSON(literal: "}")
    }
}

extension MessageAct {
    /// Writes `type` and the act's own members; leaves the object open.
    fileprivate func encode(text: String, into buffer: inout ByteBuffer) {
        switch self {
        case .edit(let id):
            buffer.writeJSON(literal: #"{"type":"edit""#)
            buffer.member("id", id.description)
            buffer.member("text", text)
        case .delete(let id):
            buffer.writeJSON(literal: #"{"type":"delete""#)
            buffer.member("id", id.description)
        case .react(let id, let emoji, let on):
            buffer.writeJSON(literal: #"{"type":"react""#)
            buffer.member("id", id.description)
            buffer.member("emoji", emoji)
            buffer.writeJSON(literal: #","on":"#)
            buffer.writeJSON(on)
        case .room(let change): change.encode(text: text, into: &buffer)
        case .other(let kind, let id):
            buffer.writeJSON(literal: #"{"type":""#)
            buffer.writeJSON(token: kind.description)
            buffer.writeJSON(literal: #"""#)
            buffer.member("id", id.description)
        }
    }
}

extension ByteBuffer {
    /// Writes nothing for `nil`.
    fileprivate mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        writeJSON(literal: #",""#)
        writeJSON(literal: name)
        writeJSON(literal: #"":"#)
        writeJSON(value)
    }
}
