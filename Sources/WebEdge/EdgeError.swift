/// Why the edge cannot serve. The message names the setting to change.
package struct EdgeError: Error, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The node cannot listen on the address and port.
        case cannotListen
        /// The certificate or its key is unusable.
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
