package import NIOCore

/// A browser that gets push messages for its user (`docs/protocol.md`, section 16).
package struct PushDevice: Hashable, Sendable {
    /// What the user wants to be told of a room.
    package enum Level: String, Sendable { case all, mentions, nothing }

    /// Per user. Of more, the one that was noted first goes.
    package static let most = 8
    package static let longestEndpoint = 1_024
    /// A device says so of the rooms it is in.
    package static let mostRooms = 64

    /// Where the push service takes messages for the browser.
    package let endpoint: String
    /// The browser's public key and secret, in base64url.
    package let publicKey: String
    package let secret: String
    /// The key of this server that the browser expects, in base64url.
    package let serverKey: String
    package let levels: [RoomName: Level]

    package init(
        endpoint: String, publicKey: String, secret: String, serverKey: String, levels: [RoomName: Level]
    ) {
        self.endpoint = endpoint
        self.publicKey = publicKey
        self.secret = secret
        self.serverKey = serverKey
        self.levels = levels
    }

    /// A short name for an endpoint: 16 hexadecimal digits.
    package static func digest(of endpoint: String) -> String {
        let digits = String(FNV1a.hash(endpoint), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// By default everything of a conversation of two, and mentions in rooms that the user is in.
    package func level(in room: RoomName) -> Level {
        levels[room] ?? (room.kind == .direct ? .all : room.isPrivate ? .mentions : .nothing)
    }

    /// One line each: endpoint, keys, rooms.
    package var stored: String {
        let rooms = levels.map { "\($0.key)=\($0.value.rawValue)" }.sorted().joined(separator: " ")
        return "\(endpoint)\n\(publicKey) \(secret) \(serverKey)\n\(rooms)"
    }

    /// `nil`: no node has written it.
    package init?(stored: String) {
        let lines = stored.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 3 else { return nil }
        let keys = lines[1].split(separator: " ").map(String.init)
        guard keys.count == 3, !lines[0].isEmpty else { return nil }
        var levels: [RoomName: Level] = [:]
        for part in lines[2].split(separator: " ").prefix(Self.mostRooms) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let room = RoomName(String(pair[0])), let level = Level(rawValue: String(pair[1]))
            else { continue }
            levels[room] = level
        }
        self.init(endpoint: lines[0], publicKey: keys[0], secret: keys[1], serverKey: keys[2], levels: levels)
    }
}

/// A user with devices that get push messages.
package struct PushSubscriber: Hashable, Sendable {
    package let user: UserID
    /// Mentions are of this name: the one that the user had when a device last said what it wants.
    package let name: String
    package let devices: [PushDevice]

    package init(user: UserID, name: String, devices: [PushDevice]) {
        self.user = user
        self.name = name
        self.devices = devices
    }
}

/// The node's turn to send push messages, for the whole cluster.
package struct PushTurn: Hashable, Sendable {
    /// Milliseconds since 1970, by the log's clock.
    package let now: Int64
    /// Up to when all messages have been looked at, by this node or the one before.
    package let seen: Int64
    /// Users whose devices may have changed since the time asked for.
    package let changed: [UserID]

    package init(now: Int64, seen: Int64, changed: [UserID]) {
        self.now = now
        self.seen = seen
        self.changed = changed
    }
}

/// Which devices get push messages, and which node sends them.
package protocol PushStore: Sendable {
    /// Adds the device to the user's, or replaces it. Same rules as `RoomLog.read`.
    /// - `completion`: `.overloaded`: too many users have devices.
    func keep(
        _ device: PushDevice, of user: User, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void)

    func remove(
        endpoint: String, of user: UserID, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Void, RelayError>) -> Void)

    /// Takes the turn, or keeps it for `PushStoreLimits.turn` more.
    /// - Parameters:
    ///   - upTo: all messages until then have been looked at, in the turn before; `nil`: there was none.
    ///   - changedSince: 0: all users.
    /// - Returns: `nil`: it is another node's.
    func takeTurn(upTo: Int64?, changedSince: Int64) async throws(RelayError) -> PushTurn?

    /// `nil`: the user has no device.
    func subscriber(_ user: UserID) async throws(RelayError) -> PushSubscriber?

    /// Rooms with messages since then, and perhaps others: a message may be missing for 10 s.
    func activeRooms(since: Int64) async throws(RelayError) -> [RoomName]
}

package enum PushStoreLimits {
    package static let users = 20_000
    /// In milliseconds.
    package static let turn = 15_000
    /// Messages from earlier than this before a turn are not looked at, in milliseconds.
    package static let oldest: Int64 = 3_600_000
    /// Of `PushStore.activeRooms`.
    package static let rooms = 100_000
}

extension RelayError {
    package static let tooManyPushUsers = RelayError(.overloaded, "too many users have devices for push messages")
}
