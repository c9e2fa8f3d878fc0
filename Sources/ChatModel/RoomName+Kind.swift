/// Who may enter a room. The name says which, so that no loss of data can open a private one (`docs/protocol.md`,
/// section 13).
package enum RoomKind: String, Sendable {
    /// Everybody except banned users.
    case open
    /// Users with a role in it.
    case `private`
    /// The two users whose ids its name is made of.
    case direct
}

extension RoomName {
    package var kind: RoomKind {
        // Only private rooms, and the canaries', begin with `_`.
        guard description.utf8.first == UInt8(ascii: "_") else { return .open }
        return Self.kind(ofSecret: description) ?? .open
    }

    package var isPrivate: Bool { kind != .open }

    /// `_private-` or `_direct-` and 26 characters of base32, which are 130 bits. `nil`: another name. A node of an
    /// earlier version has no such rooms: it knows no names that begin with `_`.
    static func kind(ofSecret name: String) -> RoomKind? {
        for (prefix, kind) in [("_private-", RoomKind.private), ("_direct-", .direct)] {
            guard name.hasPrefix(prefix) else { continue }
            let secret = name.utf8.dropFirst(prefix.utf8.count)
            let isSecret = secret.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains($0)
            }
            return secret.count == 26 && isSecret ? kind : nil
        }
        return nil
    }
}
