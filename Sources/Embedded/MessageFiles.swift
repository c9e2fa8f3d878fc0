import ChatModel

/// The files of a room's messages: `publish.lua` has the same rules. A pure value.
struct MessageFiles {
    /// Whether the message was deleted.
    private var files: [FileID: Bool] = [:]
    /// Of deleted messages, which do not name them any more, by the message's seq.
    private var deleted: [UInt64: [FileID]] = [:]

    var all: [FileID] { Array(files.keys) }

    func hold(any others: [SharedFile]) -> Bool { others.contains { files[$0.id] != nil } }

    func standing(of file: FileID) -> FileStanding { files[file].map { $0 ? .deleted : .kept } ?? .unknown }

    mutating func keep(_ message: ChatMessage) {
        for file in message.files { files[file.id] = false }
    }

    mutating func delete(_ message: ChatMessage) {
        guard !message.files.isEmpty else { return }
        for file in message.files { files[file.id] = true }
        deleted[message.id.seq] = message.files.map(\.id)
    }

    /// The message leaves the log.
    mutating func drop(_ message: ChatMessage) {
        for file in message.files { files[file.id] = nil }
        for file in deleted.removeValue(forKey: message.id.seq) ?? [] { files[file] = nil }
    }
}
