/// Which files the messages of a room have: what decides which files may be deleted. Safe from any thread.
package protocol FileIndex: Sendable {
    /// One for each file, in their order, all at one moment.
    /// - Throws: if the log cannot be asked: then nothing may be deleted.
    func standings(of files: [FileID], in room: RoomName) async throws -> [FileStanding]
}

package enum FileStanding: Hashable, Sendable {
    /// A message in the log has it, or the log is in doubt.
    case kept
    /// Its message was deleted. No other one can have it.
    case deleted
    /// No message has it, at least not yet.
    case unknown
}

/// A user may send a file to a room: what the ticket is to say.
package struct FileUpload: Hashable, Sendable {
    package let room: RoomName
    package let name: FileName
    package let type: SharedFile.MediaType
    package let bytes: Int
    package let size: PixelSize?
    /// Of the request.
    package let key: String

    package init(room: RoomName, name: FileName, type: SharedFile.MediaType, bytes: Int, size: PixelSize?, key: String)
    {
        self.room = room
        self.name = name
        self.type = type
        self.bytes = bytes
        self.size = size
        self.key = key
    }
}

extension RelayError {
    package static let fileTaken = RelayError(.forbidden, "the file belongs to another message: upload it again")
}
