package import ChatModel
internal import Sealing

/// A user as a verified token describes them.
package struct SignedInUser: Hashable, Sendable {
    /// From issuer and subject; never the subject itself, which other users would see.
    package let id: UserID
    /// A `UserName`, shortened if the issuer's was longer; `nil`: none that may be displayed.
    package let name: String?
    package let isOperator: Bool
    /// `exp`, seconds since 1970. With the clock skew the token is valid a little longer.
    package let expiresAt: Int64

    package init(id: UserID, name: String?, isOperator: Bool, expiresAt: Int64) {
        self.id = id
        self.name = name
        self.isOperator = isOperator
        self.expiresAt = expiresAt
    }
}

extension SignedInUser {
    /// The role that makes a user an operator.
    package static let operatorRole = "operator"

    /// Checks the claims of a token whose signature is good.
    /// - `now`: seconds since 1970.
    init(claims json: [UInt8], _ configuration: IdentityConfiguration, now: Int64) throws(TokenError) {
        let names: Set = ["iss", "sub", "aud", "exp", "nbf", configuration.nameClaim, configuration.rolesClaim]
        let claims = try TokenClaims(json: json, names: names)
        if let issuer = configuration.issuer {
            guard let given = claims.string("iss"), Self.isSame(given, issuer) else {
                throw TokenError(.issuer, "the token is not from the issuer \(issuer)")
            }
        }
        if let audience = configuration.audience {
            guard claims.strings("aud").contains(where: { Self.isSame($0, audience) }) else {
                throw TokenError(.audience, "the token is not for the audience \(audience)")
            }
        }
        guard let subject = claims.string("sub"), !subject.isEmpty else {
            throw TokenError(.subject, "the token names no user (sub)")
        }
        guard let expiry = claims.time("exp") else {
            throw TokenError(.noExpiry, "the token has no time of expiry (exp)")
        }
        guard now < expiry + configuration.clockSkew else {
            throw TokenError(.expired, "the token has expired")
        }
        if claims.has("nbf") {
            guard let start = claims.time("nbf"), start - configuration.clockSkew <= now else {
                throw TokenError(.notYetValid, "the token is not valid yet (nbf): compare the clocks")
            }
        }
        let roles = claims.strings(configuration.rolesClaim).flatMap { $0.split(separator: " ") }
        self.init(
            id: UserID(AccountName.of(subject, issuer: claims.string("iss") ?? "")),
            name: claims.string(configuration.nameClaim).flatMap(Self.displayName),
            isOperator: roles.contains { Self.isSame($0, Self.operatorRole) }, expiresAt: expiry)
    }

    /// By bytes: Swift's `==` takes composed and decomposed characters for the same.
    private static func isSame(_ one: some StringProtocol, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8)
    }

    private static func displayName(_ text: String) -> String? {
        (UserName(text) ?? UserName(String(text.prefix(UserName.maximumLength))))?.description
    }
}
