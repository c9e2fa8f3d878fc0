package import ChatModel

package struct StoredFile: Hashable, Sendable {
    package let id: FileID
    package let bytes: Int
    /// When it was stored: milliseconds since 1970, by the store's clock.
    package let storedAt: Int64

    package init(id: FileID, bytes: Int, storedAt: Int64) {
        self.id = id
        self.bytes = bytes
        self.storedAt = storedAt
    }
}
