/// Why bytes are not the expected JSON.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    static let duplicateMember = "duplicate member name"

    package let message: String
    /// Byte offset where the error was found.
    package let offset: Int

    package init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// An object has two members of the same name.
    package var isDuplicateMember: Bool { message == Self.duplicateMember }

    package var description: String { "\(message), at byte \(offset)" }
}
