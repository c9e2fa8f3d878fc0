/// A guest's identity, stored by the guest's own client.
package struct GuestToken: Hashable, Sendable {
    package static let validSeconds: Int64 = 400 * 86_400

    package let user: String
    /// Seconds since 1970.
    package let issuedAt: Int64

    package init(user: String, issuedAt: Int64) {
        self.user = user
        self.issuedAt = issuedAt
    }
}

/// Seals and opens guest tokens: issue time (8 bytes, big-endian) and user id.
package struct GuestTokenSealer: Sendable {
    private static let timeLength = 8
    package static let maximumUserLength = 64
    private let sealer: TokenSealer

    /// Throws if OpenSSL is unusable, so that the node does not start.
    ///
    /// - `previous`: the old secret during a rotation; its tokens are still accepted.
    package init(secret: [UInt8], previous: [UInt8]? = nil) throws(SealingError) {
        sealer = try TokenSealer(
            "guest-token", secret: secret, previous: previous,
            maximumLength: Self.timeLength + Self.maximumUserLength)
    }

    package func seal(_ token: GuestToken) throws(SealingError) -> String {
        let user = Array(token.user.utf8)
        precondition((1...Self.maximumUserLength).contains(user.count), "a user id of \(user.count) bytes")
        let time = (0..<Self.timeLength).map { UInt8(truncatingIfNeeded: token.issuedAt >> (56 - 8 * $0)) }
        return try sealer.seal(time + user)
    }

    /// `nil` if the token is invalid or expired.
    ///
    /// - `now`: seconds since 1970. A token from the future (some node's clock was ahead) counts as new.
    package func open(_ text: String, now: Int64) -> GuestToken? {
        guard let plain = sealer.open(text), plain.count > Self.timeLength,
            let user = String(validating: plain.dropFirst(Self.timeLength), as: UTF8.self)
        else { return nil }
        let issuedAt = plain.prefix(Self.timeLength).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let (age, overflow) = now.subtractingReportingOverflow(issuedAt)
        guard !overflow, age < GuestToken.validSeconds else { return nil }
        return GuestToken(user: user, issuedAt: issuedAt)
    }
}
