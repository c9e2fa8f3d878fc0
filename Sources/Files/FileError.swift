/// Why a file was not stored or read.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The body ended early.
        case incomplete
        /// The body has more bytes than its ticket says.
        case tooLong
        /// The file is there already, with other bytes.
        case conflict
        /// Another node has just stored it: the same request is to be sent again.
        case raced
        /// It is not the picture that it claims to be.
        case wrongType
        /// The store has no space left.
        case full
        case failed
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
