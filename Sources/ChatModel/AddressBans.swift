package import NIOCore

/// A client address in one room, as a keyed digest: nobody learns the address from it, and it is another one in every
/// other room. Only of guests, and only of addresses that can be banned.
package struct AddressDigest: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ digest: String) { self.description = digest }
}

/// The addresses from which guests may not enter a room, because another guest is banned there
/// (`docs/protocol.md`, section 13). `RoomLog` and `Relay` refuse those who come from them and have no role.
package protocol AddressBans: Sendable {
    /// Bans an address for as long as this guest is banned. Same rules as `RoomLog.read`.
    /// - `completion`: whether it is banned now. If not: the guest is not, or the room has too many.
    func ban(
        _ address: AddressDigest, becauseOf guest: UserID, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Bool, RelayError>) -> Void)
}

package enum AddressBanLimits {
    /// The last addresses of a guest count.
    package static let mostOfGuest = 4
    package static let mostOfRoom = 1_000
}
