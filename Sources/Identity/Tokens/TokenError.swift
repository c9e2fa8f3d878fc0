/// Why a token was not accepted. The message is for the log: it never contains any part of the token.
package struct TokenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Also a label of `webchat_identity_verifications_total`.
    package enum Code: String, CaseIterable, Sendable {
        case tooLong = "too_long"
        /// Not three parts with dots between them.
        case parts
        case base64
        case json
        /// A name appears twice in the header or among the claims: readers would disagree on what it says.
        case duplicateMember = "duplicate_member"
        /// `alg` is `none`.
        case unsigned
        /// `alg` is missing or not among those allowed.
        case algorithm
        /// `crit` names an extension; we know none.
        case critical
        /// The key set has no such key for that algorithm.
        case unknownKey = "unknown_key"
        /// The token names no key, and several would fit.
        case ambiguousKey = "ambiguous_key"
        case signature
        case subject
        case noExpiry = "no_expiry"
        case expired
        case notYetValid = "not_yet_valid"
        case issuer
        case audience
        /// Not the token's fault: the keys could not be fetched.
        case noKeys = "no_keys"
        /// Not the token's fault: too many verifications wait for keys.
        case busy
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same token may be accepted later: the client should keep it and try again.
    package var isTransient: Bool { code == .noKeys || code == .busy }

    package var description: String { message }
}
