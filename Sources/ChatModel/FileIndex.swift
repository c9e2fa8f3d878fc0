/// Which files the messages of a room have: what decides which files may be deleted. Safe from any thread.
package protocol FileIndex: Sendable {
    /// The log that has all rooms. It gets its id with the first call.
    func log() async throws -> FileLog
    /// One for each file, in their order, all at one moment.
    /// - Throws: if the log cannot be asked: then nothing may be deleted.
    func standings(of files: [FileID], in room: RoomName) async throws -> [FileStanding]
}

/// Names a log, so that another one, or an empty one in its place, is not mistaken for it.
package struct FileLog: Hashable, Sendable {
    package let id: String
    /// This call has made the id; or the log is in memory, and new with each start.
    package let isNew: Bool

    package init(id: String, isNew: Bool) {
        self.id = id
        self.isNew = isNew
    }
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
