/// A problem with the configuration or with the keys, not with a token (`TokenError`). Never contains a key.
package struct IdentityError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case configuration
        /// The issuer's key set could not be fetched or read.
        case unreachable
        /// What was fetched is not a key set, or has no key that can be used.
        case keySet
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
