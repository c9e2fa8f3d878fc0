import ChatModel
import ChatProtocol
import NIOCore
import Sealing

/// What a browser's service worker gets: `{room, id}`, and as much of the message as `PUSH_CONTENT` lets out.
enum PushPayload {
    static let longestText = 160
    private static let longestTitle = 80

    /// - `title`: of the room; empty: none.
    static func bytes(
        _ message: ChatMessage, in room: RoomName, title: String, isAddressed: Bool,
        content: PushConfiguration.Content
    ) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeJSON(literal: #"{"room":"#)
        buffer.writeJSON(room.description)
        buffer.writeJSON(literal: #","id":"#)
        buffer.writeJSON(message.id.description)
        buffer.writeJSON(literal: #","addressed":"#)
        buffer.writeJSON(isAddressed)
        if content != .none {
            buffer.writeJSON(literal: #","from":"#)
            buffer.writeJSON(message.name)
            if !title.isEmpty {
                buffer.writeJSON(literal: #","title":"#)
                buffer.writeJSON(String(String.UnicodeScalarView(title.unicodeScalars.prefix(longestTitle))))
            }
        }
        if content == .text {
            let text = message.text.isEmpty ? message.files.first?.name.description ?? "" : message.text
            buffer.writeJSON(literal: #","text":"#)
            buffer.writeJSON(String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestText))))
        }
        buffer.writeJSON(literal: "}")
        return Array(buffer.readableBytesView.prefix(PushSealer.longest))
    }

    /// Push services keep only the last message of a topic for a browser that is away: 24 characters that say nothing of
    /// the room to them.
    static func topic(of room: RoomName, for secret: String) -> String {
        Base64URL.encode(Array(Digest.sha256(Array("\(secret) \(room)".utf8)).prefix(18)))
    }
}
