/// An error with keys, seals or secrets. Never contains any of them.
package struct SealingError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Sealed with another key, or modified.
        case badSeal
        /// The secret's file is unusable.
        case secretFile
        /// Not a public key.
        case badKey
        /// An unexpected OpenSSL failure.
        case library
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
