package import Foundation

/// Whose tokens count, and what they must say.
package struct IdentityConfiguration: Hashable, Sendable {
    /// Where the keys come from that verify signatures.
    package enum KeySource: Hashable, Sendable, CustomStringConvertible {
        /// A JWKS (RFC 7517) at an address: the issuer's own, refreshed while the node runs.
        case address(URL)
        /// The same in a file.
        case file(String)
        /// The secret shared with the issuer, for HS256. At least 32 bytes.
        case secret([UInt8])

        /// Without the secret.
        package var description: String {
            switch self {
            case .address(let address): address.absoluteString
            case .file(let path): path
            case .secret: "a shared secret"
            }
        }
    }

    package static let leastSecretLength = 32
    package static let defaultAlgorithms: Set<TokenAlgorithm> = [.es256, .rs256, .edDSA]

    package let source: KeySource
    /// The exact `iss`; `nil`: any.
    package let issuer: String?
    /// What `aud` must contain; `nil`: not checked.
    package let audience: String?
    package let algorithms: Set<TokenAlgorithm>
    /// The claim with the name to display.
    package let nameClaim: String
    /// The claim with the roles: an array, or a string with spaces between them.
    package let rolesClaim: String
    /// How far the issuer's clock and this node's may differ, in seconds.
    package let clockSkew: Int64
    /// Longer tokens are refused unread, in bytes.
    package let longestToken: Int

    /// - Parameters:
    ///   - issuer: required, except with a secret.
    ///   - audience: required, except with a secret.
    ///   - algorithms: `nil`: `defaultAlgorithms`, or with a secret HS256, which is the only one then.
    package init(
        source: KeySource, issuer: String? = nil, audience: String? = nil, algorithms: Set<TokenAlgorithm>? = nil,
        nameClaim: String = "name", rolesClaim: String = "roles", clockSkew: Int64 = 60, longestToken: Int = 4_096
    ) throws(IdentityError) {
        guard (0...600).contains(clockSkew) else { throw Self.bad("the clock skew must be 0 to 600 s") }
        guard (256...65_536).contains(longestToken) else {
            throw Self.bad("the longest token must have 256 to 65536 bytes")
        }
        guard issuer != "", audience != "", nameClaim != "", rolesClaim != "" else {
            throw Self.bad("issuer, audience and names of claims must not be empty")
        }
        if case .secret(let bytes) = source {
            guard bytes.count >= Self.leastSecretLength else {
                throw Self.bad("the secret must have at least \(Self.leastSecretLength) bytes, and has \(bytes.count)")
            }
            guard algorithms ?? [.hs256] == [.hs256] else { throw Self.bad("with a secret the algorithm is HS256") }
            self.algorithms = [.hs256]
        } else {
            guard issuer != nil, audience != nil else {
                throw Self.bad("a key set needs an issuer and an audience: other tokens of the issuer are not for us")
            }
            self.algorithms = algorithms ?? Self.defaultAlgorithms
            guard !self.algorithms.isEmpty, !self.algorithms.contains(.hs256) else {
                throw Self.bad("a key set needs algorithms with public keys, not HS256")
            }
        }
        if case .address(let address) = source { try Self.check(address) }
        self.source = source
        self.issuer = issuer
        self.audience = audience
        self.nameClaim = nameClaim
        self.rolesClaim = rolesClaim
        self.clockSkew = clockSkew
        self.longestToken = longestToken
    }

    /// Requires TLS: an attacker who replaces the key set in transit can sign in as any user.
    private static func check(_ address: URL) throws(IdentityError) {
        guard let host = address.host(), !host.isEmpty, address.user() == nil, address.password() == nil else {
            throw bad("the address of the key set must name a host, and no user")
        }
        switch address.scheme?.lowercased() {
        case "https": break
        case "http" where isLoopback(host): break
        default: throw bad("the address of the key set must begin with https:// (http:// for this machine only)")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func bad(_ message: String) -> IdentityError {
        IdentityError(.configuration, message)
    }
}
