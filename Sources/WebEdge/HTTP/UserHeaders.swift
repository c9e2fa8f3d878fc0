import ChatModel
import Sealing

/// Headers in which a trusted proxy names the user that it has let in, as oauth2-proxy and nginx' `auth_request` do.
package struct UserHeaders: Hashable, Sendable {
    /// Longer values are refused.
    private static let longest = 1_024

    /// What the proxy knows the user by. Never shown to others.
    package let user: String
    /// The name to show; `nil`: none is sent.
    package let name: String?

    package init(user: String, name: String?) {
        self.user = user
        self.name = name
    }

    enum Finding: Equatable {
        case nobody
        case user(TokenHolder)
        /// Sent by somebody else, or more than once.
        case forged
    }

    /// - `isTrusted`: whether the peer is a trusted proxy.
    /// - `values`: of the header with that name.
    func find(isTrusted: Bool, values: (String) -> [String]) -> Finding {
        let users = values(user)
        let names = name.map(values) ?? []
        guard users.contains(where: { !$0.isEmpty }) || names.contains(where: { !$0.isEmpty }) else { return .nobody }
        guard isTrusted, users.count == 1, names.count <= 1, users[0].utf8.count <= Self.longest, !users[0].isEmpty,
            // NIO puts it where bytes were no UTF-8: several users would become one.
            !users[0].unicodeScalars.contains("\u{FFFD}")
        else { return .forged }
        let id = UserID(AccountName.of(users[0], issuer: "proxy"))
        return .user(
            TokenHolder(id: id, name: names.first.flatMap(Self.displayName), expiresAt: nil))
    }

    private static func displayName(_ text: String) -> String? {
        (UserName(text) ?? UserName(String(text.prefix(UserName.maximumLength))))?.description
    }
}
