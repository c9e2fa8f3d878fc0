package import ChatModel

/// Where files are: `FileDirectory` or `FileBucket`. This is what the sweep needs; how bytes get in and out differs.
/// Errors are `FileError`s.
package protocol FileStore: Sendable {
    /// Calls `body` for each room that may have files, and with what lists them; for a room with many of them, perhaps
    /// several times, each with a part.
    func visitRooms(
        _ body: (_ room: RoomName, _ files: () async throws -> [StoredFile]) async throws -> Void
    ) async throws
    /// The room's files, in any order.
    func files(of room: RoomName) async throws -> [StoredFile]
    /// Whether there are no files at all.
    func isEmpty() async throws -> Bool
    /// It may be gone already.
    func delete(_ file: FileID, of room: RoomName) async throws
    /// Removes what uploads that were cut off have left before that time.
    /// - `time`: milliseconds since 1970.
    func tidy(_ room: RoomName, before time: Int64) async throws
    /// The log that decides which of these files are deleted: `FileIndex.log()`. `nil`: none was set.
    func logID() async throws -> String?
    /// Where there is none.
    func setLogID(_ id: String) async throws
}

/// The store that a node has.
package enum FilePlace: Sendable {
    case directory(FileDirectory)
    case bucket(FileBucket)

    package var store: any FileStore {
        switch self {
        case .directory(let directory): directory
        case .bucket(let bucket): bucket
        }
    }
}
