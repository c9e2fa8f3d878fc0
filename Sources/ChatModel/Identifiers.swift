/// A room's name: `[a-z0-9][a-z0-9_-]{0,63}`, or that of a private room (`RoomKind`). Invalid names cannot be represented, so none reaches a Redis key or a log
/// line.
package struct RoomName: Hashable, Sendable, CustomStringConvertible {
    package static let maximumLength = 64
    /// The room of plain clients that name none.
    package static let lobby = RoomName(trusted: "lobby")
    /// The canaries' room. No user's room can begin with `_`.
    package static let canary = RoomName(trusted: "_canary")
    /// One of those that the shards of a Redis Cluster need.
    package static func canary(_ number: Int) -> RoomName { RoomName(trusted: "_canary-\(number)") }

    package let description: String
    /// FNV-1a of the name: the same on every node and in every run, unlike Swift's seeded hash. Selects the event loop.
    package let stableHash: UInt64

    package init?(_ name: String) {
        if name.utf8.first == UInt8(ascii: "_") {
            guard Self.kind(ofSecret: name) != nil else { return nil }
            self.init(trusted: name)
            return
        }
        var first = true
        var count = 0
        for byte in name.utf8 {
            let alphanumeric = (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
            guard alphanumeric || (!first && (byte == 0x5F || byte == 0x2D)) else { return nil }
            first = false
            count += 1
        }
        guard (1...Self.maximumLength).contains(count) else { return nil }
        self.init(trusted: name)
    }

    private init(trusted name: String) {
        self.description = name
        self.stableHash = FNV1a.hash(name)
    }
}

/// A user as the server knows it: from a guest token, never from a client's claim.
package struct UserID: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ id: String) { self.description = id }

    /// As a client names another user: 1 to 64 of `a-z A-Z 0-9 _ -`.
    package init?(checking id: String) {
        let isID = id.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2D || byte == 0x5F
        }
        guard isID, (1...64).contains(id.utf8.count) else { return nil }
        description = id
    }
}

extension UserID {
    /// Whether the user has signed in: `AccountName` in Sealing makes these ids. A guest's has no hyphen.
    package var isAccount: Bool { description.hasPrefix("id-") }
}

/// A user and their current name.
package struct User: Hashable, Sendable {
    package let id: UserID
    package var name: String

    package init(id: UserID, name: String) {
        self.id = id
        self.name = name
    }
}

/// A node's name, and a generation that grows with every start: a restart under the same name is another incarnation.
package struct NodeIncarnation: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package let generation: UInt64

    package init(name: String, generation: UInt64) {
        self.name = name
        self.generation = generation
    }

    /// Reads `<name>.<generation>`; a name may itself contain dots.
    package init?(_ text: some StringProtocol) {
        guard let dot = text.lastIndex(of: "."), dot > text.startIndex,
            let generation = UInt64(text[text.index(after: dot)...])
        else { return nil }
        self.init(name: String(text[..<dot]), generation: generation)
    }

    package var description: String { "\(name).\(generation)" }
}

/// One WebSocket of this process. Ids count up and are never reused.
package struct SocketID: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64
    package init(_ value: UInt64) { self.value = value }
    package var description: String { String(value) }
}
