/// What went wrong with keys, seals and secrets. Never holds any of them.
package struct SealingError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The seal does not fit: another key, or somebody changed the bytes.
        case badSeal
        /// The secret's file cannot be used.
        case secretFile
        /// OpenSSL refused what it should be able to do.
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
