package import ChatModel
package import NIOCore
import Sealing
import _NIOFileSystem

/// The bytes of files, in a directory that several nodes may share: `<room>/<id>`. Start reading Files here: `FileRoutes`
/// in WebEdge writes and reads them, `FileSweeper` deletes them. Safe from any thread; never blocks an event loop.
///
/// Room names and ids are validated types without dots and slashes, so no path leads out of it. Unfinished uploads are
/// `<room>/<id>.<random>.part`; those that were cut off are swept. Errors are `FileError`s, which name no file.
package struct FileDirectory: FileStore {
    private static let partial = "part"
    /// Read at once.
    private static let chunk = ByteCount.kibibytes(64)
    /// Has the id of the log.
    private static let logName = ".webchat-log"

    private let root: FilePath
    private let system = FileSystem.shared

    package init(_ path: String) {
        root = FilePath(path)
    }

    private func directory(of room: RoomName) -> FilePath { root.appending(room.description) }

    private func path(of file: FileID, in room: RoomName) -> FilePath {
        directory(of: room).appending(file.description)
    }

    // MARK: Writing

    package enum Outcome: Hashable, Sendable {
        case stored
        /// The same bytes were there already.
        case known
    }

    /// Writes a file whose bytes arrive by and by. It appears whole or not at all, and survives a power failure.
    @concurrent package func store(
        _ file: SharedFile, in room: RoomName, body: some AsyncSequence<ByteBuffer, any Error>
    ) async throws -> Outcome {
        do {
            let final = path(of: file.id, in: room)
            guard try await system.info(forFileAt: final) == nil else {
                try await compare(body, with: final, bytes: file.bytes)
                return .known
            }
            try await write(body, of: file, in: room, to: final)
            return .stored
        } catch let error as FileSystemError {
            throw FileError(error)
        }
    }

    @concurrent private func write(
        _ body: some AsyncSequence<ByteBuffer, any Error>, of file: SharedFile, in room: RoomName, to final: FilePath
    ) async throws {
        let random = RandomBytes.make(8).reduce(0) { $0 << 8 | UInt64($1) }
        let part = directory(of: room).appending("\(file.id).\(String(random, radix: 36)).\(Self.partial)")
        do {
            try await create(part, in: room) { handle in
                try await Self.write(body, of: file, to: handle)
                try await handle.synchronize()
            }
            try await system.moveItem(at: part, to: final)
            // The name must survive, too.
            try await system.withDirectoryHandle(atPath: directory(of: room)) { try await $0.synchronize() }
        } catch {
            // Does nothing if the task was cancelled; then the sweep removes it.
            _ = try? await system.removeItem(at: part)
            throw error
        }
    }

    @concurrent private static func write(
        _ body: some AsyncSequence<ByteBuffer, any Error>, of file: SharedFile, to handle: WriteFileHandle
    ) async throws {
        var head: [UInt8] = []
        var written: Int64 = 0
        for try await bytes in body {
            guard written + Int64(bytes.readableBytes) <= Int64(file.bytes) else { throw FileError.tooLong }
            if head.count < PictureSignature.length {
                head += bytes.readableBytesView.prefix(PictureSignature.length - head.count)
                try check(head, of: file)
            }
            var rest = bytes
            while rest.readableBytes > 0 {
                let count = try await handle.write(contentsOf: rest, toAbsoluteOffset: written)
                guard count > 0 else { throw FileError(.failed, "nothing was written") }
                rest.moveReaderIndex(forwardBy: Int(count))
                written += count
            }
        }
        guard written == Int64(file.bytes) else { throw FileError.incomplete }
    }

    /// The sweep removes empty directories of rooms, perhaps between the two steps.
    @concurrent private func create(
        _ part: FilePath, in room: RoomName, _ write: @concurrent (WriteFileHandle) async throws -> Void
    ) async throws {
        for attempt in 1... {
            do {
                try await system.createDirectory(
                    at: directory(of: room), withIntermediateDirectories: false, permissions: .ownerReadWriteExecute)
            } catch let error as FileSystemError where error.code == .fileAlreadyExists {}
            do {
                // Not `newFile`: NIO begins that without a name, which NFS and some others do not have.
                return try await system.withFileHandle(
                    forWritingAt: part, options: .modifyFile(createIfNecessary: true, permissions: .ownerReadWrite),
                    execute: write)
            } catch let error as FileSystemError where error.code == .notFound && attempt < 3 {}
        }
    }

    private static func check(_ head: [UInt8], of file: SharedFile) throws {
        let isWhole = head.count >= min(PictureSignature.length, file.bytes)
        guard file.type.isShown, isWhole, PictureSignature.type(of: head) != file.type else { return }
        throw FileError(.wrongType, "the bytes are no \(file.type)")
    }

    /// A client that got no answer sends the file again.
    @concurrent private func compare(
        _ body: some AsyncSequence<ByteBuffer, any Error>, with path: FilePath, bytes: Int
    ) async throws {
        try await system.withFileHandle(forReadingAt: path) { handle in
            var read: Int64 = 0
            for try await received in body {
                guard read + Int64(received.readableBytes) <= Int64(bytes) else { throw FileError.tooLong }
                var rest = received
                while rest.readableBytes > 0 {
                    let length = min(Int64(rest.readableBytes), Self.chunk.bytes)
                    let known = try await handle.readChunk(fromAbsoluteOffset: read, length: .bytes(length))
                    guard known.readableBytes > 0, rest.readSlice(length: known.readableBytes) == known else {
                        throw FileError(.conflict, "the file is there already, with other bytes")
                    }
                    read += Int64(known.readableBytes)
                }
            }
            guard read == Int64(bytes) else { throw FileError.incomplete }
        }
    }

    // MARK: Reading

    package struct Found: Sendable {
        package let bytes: Int
        /// By its content; `nil`: browsers do not show it within a page.
        package let type: SharedFile.MediaType?
    }

    /// - Returns: `nil`: there is no such file.
    @concurrent package func find(_ file: FileID, of room: RoomName) async throws -> Found? {
        try await FileError.translating {
            do {
                return try await system.withFileHandle(forReadingAt: path(of: file, in: room)) { handle in
                    let info = try await handle.info()
                    guard info.type == .regular else { return nil }
                    let head = try await handle.readChunk(
                        fromAbsoluteOffset: 0, length: .bytes(Int64(PictureSignature.length)))
                    return Found(bytes: Int(info.size), type: PictureSignature.type(of: head.readableBytesView))
                }
            } catch let error as FileSystemError where error.code == .notFound {
                return nil
            }
        }
    }

    /// Reads a part, piece by piece: the next one is read after `write` has returned.
    @concurrent package func read(
        _ file: FileID, of room: RoomName, range: Range<Int>, write: @concurrent (ByteBuffer) async throws -> Void
    ) async throws {
        do {
            try await system.withFileHandle(forReadingAt: path(of: file, in: room)) { handle in
                var offset = Int64(range.lowerBound)
                while offset < range.upperBound {
                    let length = min(Int64(range.upperBound) - offset, Self.chunk.bytes)
                    let piece = try await handle.readChunk(fromAbsoluteOffset: offset, length: .bytes(length))
                    guard piece.readableBytes > 0 else { throw FileError(.failed, "the file has become shorter") }
                    offset += Int64(piece.readableBytes)
                    try await write(piece)
                }
            }
        } catch let error as FileSystemError {
            throw FileError(error)
        }
    }

    // MARK: Sweeping

    package func visitRooms(
        _ body: (_ room: RoomName, _ files: () async throws -> [StoredFile]) async throws -> Void
    ) async throws {
        for room in try await rooms() { try await body(room) { try await files(of: room) } }
    }

    package func isEmpty() async throws -> Bool {
        for room in try await rooms() where try await !files(of: room).isEmpty { return false }
        return true
    }

    /// The rooms that may have files.
    @concurrent package func rooms() async throws -> [RoomName] {
        try await FileError.translating {
            try await system.withDirectoryHandle(atPath: root) { directory in
                var rooms: [RoomName] = []
                for try await entry in directory.listContents() where entry.type == .directory {
                    if let room = RoomName(entry.name.string) { rooms.append(room) }
                }
                return rooms
            }
        }
    }

    @concurrent package func files(of room: RoomName) async throws -> [StoredFile] {
        try await FileError.translating {
            do {
                return try await system.withDirectoryHandle(atPath: directory(of: room)) { directory in
                    var files: [StoredFile] = []
                    for try await entry in directory.listContents() {
                        guard let id = FileID(entry.name.string),
                            let info = try await system.info(forFileAt: entry.path), info.type == .regular
                        else { continue }
                        files.append(StoredFile(id: id, bytes: Int(info.size), storedAt: info.milliseconds))
                    }
                    return files
                }
            } catch let error as FileSystemError where error.code == .notFound {
                return []
            }
        }
    }

    @concurrent package func delete(_ file: FileID, of room: RoomName) async throws {
        try await FileError.translating { _ = try await system.removeItem(at: path(of: file, in: room)) }
    }

    /// Removes the directory, too, if it is empty.
    @concurrent package func tidy(_ room: RoomName, before time: Int64) async throws {
        try await FileError.translating {
            do {
                let left = try await system.withDirectoryHandle(atPath: directory(of: room)) { directory in
                    var left: [FilePath] = []
                    for try await entry in directory.listContents() where entry.name.extension == Self.partial {
                        guard let info = try await system.info(forFileAt: entry.path), info.milliseconds < time else {
                            continue
                        }
                        left.append(entry.path)
                    }
                    return left
                }
                for path in left { _ = try await system.removeItem(at: path) }
                _ = try? await system.removeItem(at: directory(of: room), recursively: false)
            } catch let error as FileSystemError where error.code == .notFound {}
        }
    }

    // MARK: The log

    @concurrent package func logID() async throws -> String? {
        try await FileError.translating {
            do {
                return try await system.withFileHandle(forReadingAt: root.appending(Self.logName)) { handle in
                    let bytes = try await handle.readChunk(fromAbsoluteOffset: 0, length: .bytes(256))
                    let id = String(buffer: bytes).split(whereSeparator: \.isWhitespace).first
                    return id.map(String.init)
                }
            } catch let error as FileSystemError where error.code == .notFound {
                return nil
            }
        }
    }

    @concurrent package func setLogID(_ id: String) async throws {
        try await FileError.translating {
            try await system.withFileHandle(
                forWritingAt: root.appending(Self.logName),
                options: .modifyFile(createIfNecessary: true, permissions: .ownerReadWrite)
            ) { handle in
                _ = try await handle.write(contentsOf: Array("\(id)\n".utf8), toAbsoluteOffset: 0)
                try await handle.synchronize()
            }
            try await system.withDirectoryHandle(atPath: root) { try await $0.synchronize() }
        }
    }
}

extension FileInfo {
    fileprivate var milliseconds: Int64 {
        StoredFile.milliseconds(
            seconds: Int64(lastDataModificationTime.seconds),
            nanoseconds: Int64(lastDataModificationTime.nanoseconds))
    }
}

extension FileError {
    static let tooLong = FileError(.tooLong, "the body is longer than the ticket says")
    static let incomplete = FileError(.incomplete, "the body ended early")

    /// Without the path: it has the file's id, which is all that it takes to read the file.
    init(_ error: FileSystemError) {
        let cause = error.cause as? FileSystemError.SystemCallError
        if error.code == .fileAlreadyExists {
            self.init(.raced, "this file is being uploaded")
            return
        }
        let isFull = cause?.errno == .noSpace || cause?.errno == .diskQuotaExceeded
        let reason = cause.map { "\($0.systemCall): \($0.errno) (errno \($0.errno.rawValue))" } ?? "\(error.code)"
        self.init(isFull ? .full : .failed, isFull ? "no space left" : reason)
    }

    static func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as FileSystemError {
            throw FileError(error)
        }
    }
}
