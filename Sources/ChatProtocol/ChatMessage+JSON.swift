package import ChatModel
package import NIOCore

/// A message on the wire, in both dialects. Hot path: encodes in one pass into reserved space.
extension ChatMessage {
    /// The frame `chat` (`docs/protocol.md`, section 4).
    package func encodeChat(room: RoomName, epoch: Epoch, into buffer: inout ByteBuffer) {
        reserve(in: &buffer)
        buffer.writeJSON(literal: #"{"type":"chat","room":""#)
        buffer.writeJSON(token: room.description)
        buffer.writeJSON(literal: #"","epoch":""#)
        buffer.writeJSON(token: epoch.description)
        buffer.writeJSON(literal: #"","#)
        encodeMembers(into: &buffer)
        buffer.writeJSON(literal: "}")
    }

    /// The frame for plain clients: `type` and `ts` as the sender gave them, if it was a plain client.
    package func encodePlain(into buffer: inout ByteBuffer) {
        reserve(in: &buffer)
        buffer.writeJSON(literal: #"{"type":""#)
        buffer.writeJSON(token: (plain?.kind ?? .chat).rawValue)
        buffer.writeJSON(literal: #"","text":"#)
        buffer.writeJSON(text)
        buffer.writeJSON(literal: #","ts":"#)
        if let token = plain?.ts {
            buffer.writeJSON(token: token)
        } else {
            buffer.writeJSON(ts)
        }
        buffer.writeJSON(literal: "}")
    }

    /// An element of `messages`.
    func encodeElement(into buffer: inout ByteBuffer) {
        buffer.writeJSON(literal: "{")
        encodeMembers(into: &buffer)
        buffer.writeJSON(literal: "}")
    }

    private func encodeMembers(into buffer: inout ByteBuffer) {
        buffer.writeJSON(literal: #""id":""#)
        id.encode(into: &buffer)
        buffer.writeJSON(literal: #"","from":{"id":"#)
        buffer.writeJSON(user.description)
        buffer.writeJSON(literal: #","name":"#)
        buffer.writeJSON(name)
        buffer.writeJSON(literal: #"},"text":"#)
        buffer.writeJSON(text)
        buffer.writeJSON(literal: #","ts":"#)
        buffer.writeJSON(ts)
        if !key.isEmpty {
            buffer.writeJSON(literal: #","key":"#)
            buffer.writeJSON(key)
        }
        if let re {
            buffer.writeJSON(literal: #","re":""#)
            re.encode(into: &buffer)
            buffer.writeJSON(literal: #"""#)
        }
        act?.encodeMembers(into: &buffer)
        if !files.isEmpty {
            buffer.writeJSON(literal: #","files":"#)
            buffer.writeJSON(array: files) { $1.encode(into: &$0) }
        }
        state?.encodeMembers(into: &buffer)
    }

    private func reserve(in buffer: inout ByteBuffer) {
        let fixed = 256
        buffer.reserveCapacity(minimumWritableBytes: fixed + text.utf8.count + name.utf8.count + key.utf8.count)
    }
}

extension MessageAct {
    fileprivate func encodeMembers(into buffer: inout ByteBuffer) {
        buffer.writeJSON(literal: #","act":""#)
        switch self {
        case .edit: buffer.writeJSON(literal: "edit")
        case .delete: buffer.writeJSON(literal: "delete")
        case .react: buffer.writeJSON(literal: "react")
        case .room(.role): buffer.writeJSON(literal: "role")
        case .room(.policy): buffer.writeJSON(literal: "policy")
        case .other(let kind, _): buffer.writeJSON(token: kind.description)
        }
        buffer.writeJSON(literal: #"","target":""#)
        target.encode(into: &buffer)
        buffer.writeJSON(literal: #"""#)
        switch self {
        case .edit, .delete, .other: break
        case .react(_, let emoji, let on):
            buffer.writeJSON(literal: #","emoji":"#)
            buffer.writeJSON(emoji)
            buffer.writeJSON(literal: #","on":"#)
            buffer.writeJSON(on)
        case .room(.role(let role, let user, let end)):
            buffer.writeJSON(literal: #","member":"#)
            buffer.writeJSON(user.description)
            buffer.writeJSON(literal: #","role":""#)
            buffer.writeJSON(token: role.rawValue)
            buffer.writeJSON(literal: #"""#)
            guard case .at(let ms) = end else { return }
            buffer.writeJSON(literal: #","until":"#)
            buffer.writeJSON(ms)
        case .room(.policy(let setting)):
            buffer.writeJSON(literal: #","setting":""#)
            buffer.writeJSON(token: setting.rawValue)
            buffer.writeJSON(literal: #"""#)
        }
    }
}

extension MessageState {
    fileprivate func encodeMembers(into buffer: inout ByteBuffer) {
        switch self {
        case .deleted:
            buffer.writeJSON(literal: #","deleted":true"#)
        case .changed(let edited, let reactions):
            if let edited {
                buffer.writeJSON(literal: #","edited":""#)
                edited.encode(into: &buffer)
                buffer.writeJSON(literal: #"""#)
            }
            guard !reactions.isEmpty else { return }
            buffer.writeJSON(literal: #","reactions":"#)
            buffer.writeJSON(array: reactions) { buffer, reaction in
                buffer.writeJSON(literal: #"{"emoji":"#)
                buffer.writeJSON(reaction.emoji)
                buffer.writeJSON(literal: #","users":"#)
                buffer.writeJSON(array: reaction.users) { $0.writeJSON($1.description) }
                buffer.writeJSON(literal: "}")
            }
        }
    }
}

extension MessageID {
    /// `<ms>-<seq>` without quotes; builds no string.
    func encode(into buffer: inout ByteBuffer) {
        buffer.writeJSON(ms)
        buffer.writeJSON(literal: "-")
        buffer.writeJSON(seq)
    }
}
