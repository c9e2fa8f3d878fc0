package import Logging
package import NIOCore

/// Checks the tokens of signed-in users: JSON Web Tokens (RFC 7519), signed by an issuer that the operator trusts.
///
/// ```
///     text ─ SignedToken ─▶ header ─ KeySet ─▶ key ─ VerificationKey ─▶ good signature ─ SignedInUser ─▶ user
///              parts                    ▲ fetches                                          claims
///                                 KeySetService
/// ```
///
/// Everything but the fetching is pure. Start reading here; RFC 8725 lists the attacks that this must withstand.
///
/// A value, usable from any thread.
package struct TokenVerifier: Sendable {
    private enum Keys: Sendable {
        case fixed(KeySet)
        case fetched(KeySetService)
    }

    private let configuration: IdentityConfiguration
    private let keys: Keys
    private let metrics: IdentityMetrics

    /// - `eventLoopGroup`: where the key set is fetched.
    package init(
        configuration: IdentityConfiguration, eventLoopGroup: any EventLoopGroup, metrics: IdentityMetrics,
        logger: Logger
    ) async throws(IdentityError) {
        self.configuration = configuration
        self.metrics = metrics
        if case .secret(let bytes) = configuration.source {
            keys = .fixed(try await KeySet(secret: bytes))
        } else {
            keys = .fetched(
                KeySetService(
                    configuration: configuration, eventLoopGroup: eventLoopGroup, metrics: metrics, logger: logger))
        }
    }

    /// With a key set that does not change.
    init(configuration: IdentityConfiguration, keys: KeySet, metrics: IdentityMetrics) {
        self.configuration = configuration
        self.keys = .fixed(keys)
        self.metrics = metrics
    }

    /// To be run beside the edge, and asked whether it is ready. `nil` with a secret.
    package var keySetService: KeySetService? {
        if case .fetched(let service) = keys { service } else { nil }
    }

    /// Takes some 100 µs of the caller's thread. Waits up to five seconds if the token names a key that is not known.
    ///
    /// - `now`: seconds since 1970.
    package func verify(_ token: String, now: Int64) async throws(TokenError) -> SignedInUser {
        do throws(TokenError) {
            let user = try await check(token, now: now)
            metrics.verified()
            return user
        } catch {
            metrics.refused(error.code)
            throw error
        }
    }

    private func check(_ text: String, now: Int64) async throws(TokenError) -> SignedInUser {
        let token = try SignedToken(text, longest: configuration.longestToken, allowed: configuration.algorithms)
        let key =
            switch keys {
            case .fixed(let set): try set.key(for: token.header)
            case .fetched(let service): try await service.key(for: token.header)
            }
        guard key.verifies(token.signature, of: token.signed, token.header.algorithm) else {
            throw TokenError(.signature, "the signature of the token is wrong")
        }
        return try SignedInUser(claims: token.payload, configuration, now: now)
    }
}
