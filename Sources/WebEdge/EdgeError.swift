/// Why the edge cannot serve. The message says which setting to change.
package struct EdgeError: Error, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The address and port cannot be listened on.
        case cannotListen
        /// The certificate or its key cannot be used.
        case badTLSFiles
    }

    package let code: Code
    package let message: String
    package let cause: any Error

    init(_ code: Code, _ message: String, cause: any Error) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { "\(message): \(cause)" }
}
