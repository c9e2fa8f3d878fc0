package import ChatModel
import Sealing

/// Makes and opens the tokens that identify returning guests (`docs/protocol.md`, section 2), and the digests of the
/// addresses by which they are banned (section 13). Called on any event loop; must not block.
package protocol GuestTokens: Sendable {
    /// A new token, valid from now on.
    func issue(to user: UserID) -> String

    /// The user of a token; `nil` if it is forged, expired or too long. All cases take equal time.
    func open(_ token: String) -> UserID?

    /// Whether a client whose token cannot be opened becomes a new guest instead of being closed with 4401: on an
    /// embedded node that could not keep its secret across a restart.
    var replacesUnknown: Bool { get }

    /// - `address`: `ClientAddress.Found.bannable`.
    /// - Returns: `nil`: OpenSSL is out of memory.
    func digest(of address: String, in room: RoomName) -> AddressDigest?
}

extension GuestTokens {
    /// The address by which a room can refuse somebody; `nil`: users who have signed in, and addresses that are never
    /// banned.
    /// - `user`: `nil`: somebody without a token.
    func digest(of client: ClientAddress.Found, for user: UserID?, in room: RoomName) -> AddressDigest? {
        guard user?.isAccount != true, let address = client.bannable else { return nil }
        return digest(of: address, in: room)
    }
}

extension GuestTokens {
    /// The user of a hello; `nil`: the token is not accepted.
    func user(of token: String?) -> UserID? {
        guard let token else { return Guest.makeID() }
        return open(token) ?? (replacesUnknown ? Guest.makeID() : nil)
    }
}

/// A new user.
enum Guest {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// 26 of 32 letters, that is 130 random bits: ids cannot be guessed and do not collide.
    static func makeID() -> UserID {
        UserID(String(decoding: RandomBytes.make(26).map { alphabet[Int($0 & 31)] }, as: UTF8.self))
    }

    /// The default name: the same in every tab.
    static func name(of user: UserID) -> String {
        "guest-\(user.description.prefix(4))"
    }
}
