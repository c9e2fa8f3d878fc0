package import ChatModel

/// Makes and opens the tokens by which a guest is known again (`docs/protocol.md`, section 2). Called on any event loop;
/// must not block.
package protocol GuestTokens: Sendable {
    /// A new token, valid from now on.
    func issue(to user: UserID) -> String

    /// The user of a token; `nil` for one that is forged, expired or too long, all in the same time.
    func open(_ token: String) -> UserID?

    /// Whether somebody with a token that cannot be opened becomes a new guest instead of being sent away with 4401: on
    /// an embedded node that could not keep its secret over a restart.
    var replacesUnknown: Bool { get }
}

/// A user nobody has seen before.
enum Guest {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")

    /// 130 random bits: nobody guesses another's id, and no two guests are one.
    static func makeID() -> UserID {
        UserID(String((0..<26).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] }))
    }

    /// What somebody is called who gave no name: the same in every tab.
    static func name(of user: UserID) -> String {
        "guest-\(user.description.prefix(4))"
    }
}
