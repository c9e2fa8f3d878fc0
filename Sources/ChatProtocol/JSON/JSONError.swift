/// Why bytes are not the JSON that was asked for.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    /// Bytes before the place where it was noticed.
    package let offset: Int

    package init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message), at byte \(offset)" }
}
