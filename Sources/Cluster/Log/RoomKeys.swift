import ChatModel
import RedisClient
import Sealing

/// What rooms are called in Redis: `docs/protocol.md`, section 7. Keys of a room share the hash tag `{room}`; channels
/// name the database, as pub/sub ignores it.
package struct RoomKeys: Hashable, Sendable {
    let prefix: String
    let database: Int

    /// - `database`: the number that the connections select.
    package init(prefix: String, database: Int) {
        self.prefix = prefix
        self.database = database
    }

    /// Sorted set of all rooms by last activity.
    var rooms: String { "\(prefix):rooms" }

    func log(_ room: RoomName) -> String { "\(prefix):{\(room)}:log" }

    func head(_ room: RoomName) -> String { "\(prefix):{\(room)}:head" }

    /// What acts have made of the room's messages: a sorted set by their numbers.
    func acts(_ room: RoomName) -> String { "\(prefix):{\(room)}:acts" }

    /// Remembers a draft's key. The name is a digest: what a client calls its message has no say in our keys.
    func seen(_ draft: MessageDraft, in room: RoomName) -> String {
        let digest = Digest.sha256(Array("\(draft.user.description.utf8.count):\(draft.user)\(draft.key)".utf8))
        return "\(prefix):{\(room)}:key:\(Hexadecimal.text(digest.prefix(16)))"
    }

    /// What the keys of the room's members begin with; the node's incarnation follows.
    func members(_ room: RoomName) -> String { "\(prefix):{\(room)}:members:" }

    func memberNodes(_ room: RoomName) -> String { "\(prefix):{\(room)}:membernodes" }

    func channel(_ room: RoomName) -> String { "\(prefix):\(database):{\(room)}:live" }

    /// Where one node is told what concerns no other.
    func inbox(of node: String) -> String { "\(prefix):\(database):node:\(node)" }

    /// The room of a channel; `nil` for any other channel.
    func room(ofChannel channel: String) -> RoomName? {
        let start = "\(prefix):\(database):{"
        let end = "}:live"
        guard channel.hasPrefix(start), channel.hasSuffix(end) else { return nil }
        return RoomName(String(channel.dropFirst(start.count).dropLast(end.count)))
    }
}
