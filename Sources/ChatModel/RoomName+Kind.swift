/// Who may enter a room. The name says which, so that no loss of data can open a private one (`docs/protocol.md`,
/// section 13).
package enum RoomKind: String, Sendable {
    /// Whoever is not banned.
    case open
    /// Whoever has a role in it.
    case `private`
    /// The two users whose ids its name is made of.
    case direct
}

extension RoomName {
    /// Characters of base32 behind the prefix: 130 bits.
    package static let secretLength = 26

    package var kind: RoomKind {
        let prefix: StaticString
        let kind: RoomKind
        switch description.utf8.count {
        case 8 + Self.secretLength: (prefix, kind) = ("private-", .private)
        case 7 + Self.secretLength: (prefix, kind) = ("direct-", .direct)
        default: return .open
        }
        let isSecret = description.utf8.suffix(Self.secretLength).allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains($0)
        }
        return isSecret && description.hasPrefix("\(prefix)") ? kind : .open
    }

    package var isPrivate: Bool { kind != .open }
}
