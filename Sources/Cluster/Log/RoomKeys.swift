import ChatModel
import RedisClient
import Sealing

/// Names of the rooms' keys and channels in Redis (`docs/protocol.md`, section 7). The keys of a room share the hash
/// tag `{room}`; channels name the database, as pub/sub ignores it.
package struct RoomKeys: Hashable, Sendable {
    let prefix: String
    let database: Int
    /// The command that publishes on these channels.
    let publish: String

    /// - Parameters:
    ///   - database: the number that the connections select.
    ///   - sharded: whether channels belong to a shard of a Redis Cluster.
    package init(prefix: String, database: Int, sharded: Bool = false) {
        self.prefix = prefix
        self.database = database
        publish = sharded ? "SPUBLISH" : "PUBLISH"
    }

    /// Sorted set of the open rooms by last activity.
    var rooms: String { "\(prefix):rooms" }

    /// The same of the private ones, for operators.
    var privateRooms: String { "\(prefix):privaterooms" }

    /// A random id of the log as a whole.
    var logID: String { "\(prefix):logid" }

    /// Sorted set of the rooms whose logs have texts to erase.
    var erasures: String { "\(prefix):erasures" }

    /// The one of them that lists the room.
    func index(of room: RoomName) -> String { room.isPrivate ? privateRooms : rooms }

    func log(_ room: RoomName) -> String { "\(prefix):{\(room)}:log" }

    func head(_ room: RoomName) -> String { "\(prefix):{\(room)}:head" }

    /// A sorted set of act records, by the seq of their messages.
    func acts(_ room: RoomName) -> String { "\(prefix):{\(room)}:acts" }

    /// A log without deleted texts, which is to take the place of the room's log. Made by that node.
    func copy(of room: RoomName, by node: String) -> String { "\(prefix):{\(room)}:copy:\(node)" }

    /// A hash of the room's roles and policy. Outlives the log.
    func rules(_ room: RoomName) -> String { "\(prefix):{\(room)}:rules" }

    /// A sorted set: when each user spoke last, in slow mode.
    func spoke(_ room: RoomName) -> String { "\(prefix):{\(room)}:spoke" }

    /// A sorted set of the messages' files, by the seq of their messages; those of deleted ones by the negative seq.
    func files(_ room: RoomName) -> String { "\(prefix):{\(room)}:files" }

    /// Remembers a draft's key. Hashed, so that clients do not choose key names.
    func seen(_ draft: MessageDraft, in room: RoomName) -> String {
        let digest = Digest.sha256(Array("\(draft.user.description.utf8.count):\(draft.user)\(draft.key)".utf8))
        return "\(prefix):{\(room)}:key:\(Hexadecimal.text(Array(digest.prefix(16))))"
    }

    /// Prefix of the keys of the room's members; the node's incarnation follows.
    func members(_ room: RoomName) -> String { "\(prefix):{\(room)}:members:" }

    func memberNodes(_ room: RoomName) -> String { "\(prefix):{\(room)}:membernodes" }

    func channel(_ room: RoomName) -> String { "\(prefix):\(database):{\(room)}:live" }

    /// The channel for what concerns this node only.
    func inbox(of node: String) -> String { "\(prefix):\(database):node:\(node)" }

    /// A sorted set of the private rooms of a user.
    func userRooms(_ user: UserID) -> String { "\(prefix):user:\(user):rooms" }

    /// A hash: up to where a user has read each room.
    func readPositions(_ user: UserID) -> String { "\(prefix):user:\(user):read" }

    /// Is there once a link to a user was used.
    func usedLink(_ id: String) -> String { "\(prefix):link:\(id)" }

    /// A hash of the devices of a user that get push messages.
    func pushDevices(_ user: UserID) -> String { "\(prefix):user:\(user):push" }

    /// A sorted set of the users with such devices.
    var pushUsers: String { "\(prefix):{_push}:users" }

    /// The node that sends push messages.
    var pushTurn: String { "\(prefix):{_push}:turn" }

    /// Up to when it has looked at messages.
    var pushSeen: String { "\(prefix):{_push}:seen" }

    /// The channel on which all nodes hear what a user does on one device, for the others.
    var devices: String { "\(prefix):\(database):devices" }

    /// The channel on which all nodes hear who got a role in a private room.
    var users: String { "\(prefix):\(database):users" }

    /// The room of a live channel; `nil` for any other channel.
    func room(ofChannel channel: String) -> RoomName? {
        let start = "\(prefix):\(database):{"
        let end = "}:live"
        guard channel.hasPrefix(start), channel.hasSuffix(end) else { return nil }
        return RoomName(String(channel.dropFirst(start.count).dropLast(end.count)))
    }
}
