import ChatModel
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Files

@Suite struct FileDirectoryTests {
    private let lobby = RoomName.lobby

    /// In pieces of different sizes, as a connection brings them; then the error, if there is one.
    private static func body(_ bytes: [UInt8], failing error: (any Error)? = nil) -> AsyncThrowingStream<
        ByteBuffer, any Error
    > {
        AsyncThrowingStream(ByteBuffer.self, bufferingPolicy: .bufferingOldest(1 + bytes.count)) { stream in
            var rest = bytes[...]
            var size = 1
            while !rest.isEmpty {
                stream.yield(ByteBuffer(bytes: rest.prefix(size)))
                rest = rest.dropFirst(size)
                size = size * 7 % 4_001
            }
            stream.finish(throwing: error)
        }
    }

    private static func file(_ bytes: Int, _ type: String = "application/octet-stream") throws -> SharedFile {
        let id = (0..<26).map { _ in "abcdefghijklmnopqrstuvwxyz234567".randomElement()! }
        return SharedFile(
            id: try #require(FileID(String(id))), name: try #require(FileName("a")),
            type: try #require(SharedFile.MediaType(type)), bytes: bytes, size: nil)
    }

    private static func with(_ body: (FileDirectory, String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(FileDirectory(path), path)
    }

    private static func everything(in path: String) -> [String] {
        (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
    }

    private static func read(_ file: SharedFile, in store: FileDirectory, _ range: Range<Int>? = nil) async throws
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        try await store.read(file.id, of: .lobby, range: range ?? 0..<file.bytes) { bytes += $0.readableBytesView }
        return bytes
    }

    /// As by several nodes: a node by itself takes one at a time. One may replace another that it has just missed.
    @Test func uploadsAtOnceLeaveOneWholeFile() async throws {
        try await Self.with { store, path in
            let bytes = [UInt8](repeating: 7, count: 100_000)
            for _ in 0..<20 {
                let file = try Self.file(bytes.count)
                let outcomes = try await withThrowingTaskGroup(of: FileDirectory.Outcome?.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            do {
                                return try await store.store(file, in: .lobby, body: Self.body(bytes))
                            } catch let error as FileError where error.code == .raced {
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.contains(.stored), "\(outcomes)")
                #expect(try await Self.read(file, in: store) == bytes)
            }
            #expect(Self.everything(in: path).count == 21, "nothing unfinished is left")
        }
    }

    @Test func whatIsStoredIsReadAgainWholeAndInParts() async throws {
        try await Self.with { store, path in
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let file = try Self.file(bytes.count)
            #expect(try await store.find(file.id, of: lobby) == nil)
            #expect(try await store.store(file, in: lobby, body: Self.body(bytes)) == .stored)
            #expect(try await store.find(file.id, of: lobby)?.bytes == bytes.count)
            #expect(try await Self.read(file, in: store) == bytes)
            #expect(try await Self.read(file, in: store, 131_000..<262_200) == Array(bytes[131_000..<262_200]))
            #expect(Self.everything(in: path) == ["lobby", "lobby/\(file.id)"])
            let modes = try ["lobby", "lobby/\(file.id)"].map {
                try FileManager.default.attributesOfItem(atPath: "\(path)/\($0)")[.posixPermissions] as? Int
            }
            #expect(modes == [0o700, 0o600])
            #expect(try await store.rooms() == [lobby])
            #expect(try await store.files(of: lobby).map(\.bytes) == [bytes.count])
            // The same again, as a client does that got no answer; then another one in its place.
            #expect(try await store.store(file, in: lobby, body: Self.body(bytes)) == .known)
            for place in [0, bytes.count - 1] {
                var other = bytes
                other[place] ^= 1
                let body = Self.body(other)
                try await Self.expect(.conflict) { try await store.store(file, in: lobby, body: body) }
            }
            #expect(try await Self.read(file, in: store) == bytes)
            try await store.delete(file.id, of: lobby)
            try await store.delete(file.id, of: lobby)
            #expect(try await store.find(file.id, of: lobby) == nil)
        }
    }

    private static func expect<Value>(_ code: FileError.Code, _ body: () async throws -> Value) async throws {
        do {
            _ = try await body()
            Issue.record("no error, but \(code)")
        } catch let error as FileError {
            #expect(error.code == code)
        }
    }

    @Test func whatIsTooShortTooLongOrCutOffLeavesNothing() async throws {
        struct Lost: Error {}
        try await Self.with { store, path in
            let bytes = [UInt8](repeating: 1, count: 5_000)
            for (code, body) in [
                (FileError.Code.incomplete, Self.body(Array(bytes.dropLast()))), (.tooLong, Self.body(bytes + [1])),
                (.incomplete, Self.body([])),
            ] {
                let file = try Self.file(bytes.count)
                try await Self.expect(code) { try await store.store(file, in: lobby, body: body) }
            }
            let file = try Self.file(bytes.count)
            await #expect(throws: Lost.self) {
                try await store.store(file, in: lobby, body: Self.body(bytes, failing: Lost()))
            }
            #expect(Self.everything(in: path) == ["lobby"])
            // Of a file that is there already, too.
            #expect(try await store.store(file, in: lobby, body: Self.body(bytes)) == .stored)
            try await Self.expect(.incomplete) {
                try await store.store(file, in: lobby, body: Self.body(Array(bytes.dropLast())))
            }
            try await Self.expect(.tooLong) { try await store.store(file, in: lobby, body: Self.body(bytes + [1])) }
        }
    }

    /// As when the node stops: the file is not there, and what is left of it is swept.
    @Test func anUploadThatIsCancelledIsNeverAFile() async throws {
        try await Self.with { store, path in
            let file = try Self.file(1_000)
            let (body, pieces) = AsyncThrowingStream.makeStream(
                of: ByteBuffer.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(2))
            let upload = Task { try await store.store(file, in: lobby, body: body) }
            pieces.yield(ByteBuffer(repeating: 1, count: 500))
            let isPart = { (name: String) in name.hasPrefix("lobby/\(file.id).") && name.hasSuffix(".part") }
            // It has a name from the start, as some file systems have no others.
            try await eventually("the upload begins") { Self.everything(in: path).contains(where: isPart) }
            #expect(try await store.files(of: lobby).isEmpty)
            upload.cancel()
            pieces.yield(ByteBuffer(repeating: 1, count: 500))
            pieces.finish()
            _ = try? await upload.value
            #expect(try await store.find(file.id, of: lobby) == nil)
            try await store.tidy(lobby, before: .max)
            #expect(Self.everything(in: path).isEmpty)
        }
    }

    @Test func errorsNameNoFile() async throws {
        try await Self.with { store, path in
            let file = try Self.file(3)
            let manager = FileManager.default
            // It leads to itself, so everything fails.
            try manager.createSymbolicLink(atPath: path + "/lobby", withDestinationPath: "lobby")
            var errors: [any Error] = []
            for attempt in [
                { _ = try await store.store(file, in: lobby, body: Self.body([1, 2, 3])) },
                { _ = try await store.find(file.id, of: lobby) }, { _ = try await store.files(of: lobby) },
                { _ = try await Self.read(file, in: store) }, { try await store.tidy(lobby, before: 0) },
                { _ = try await FileDirectory(path + "/missing").rooms() },
            ] as [() async throws -> Void] {
                do { try await attempt() } catch { errors.append(error) }
            }
            #expect(errors.count == 6)
            for error in errors {
                #expect((error as? FileError)?.code == .failed, "\(error)")
                let text = "\(error)"
                #expect(!text.contains("lobby") && !text.contains(file.id.description) && !text.contains(path))
                #expect(text.contains("errno"))
            }
        }
    }

    @Test func theLogIsKeptBesideTheRooms() async throws {
        try await Self.with { store, path in
            #expect(try await store.logID() == nil)
            try await store.setLogID("abc")
            #expect(try await store.logID() == "abc")
            #expect(try await store.rooms().isEmpty)
            // As `echo` writes it, or as a power failure leaves it.
            for (text, id) in [("def\n", "def"), ("  x \r\n\n", "x"), ("\n", nil), ("", nil), ("\u{FF}é\n", "\u{FF}é")]
            {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/.webchat-log"))
                #expect(try await store.logID() == id)
            }
            try Data(repeating: 0xFF, count: 1_000).write(to: URL(fileURLWithPath: path + "/.webchat-log"))
            #expect(try await store.logID() != nil)
        }
    }

    @Test func nothingIsShownAsAPictureThatIsNone() async throws {
        try await Self.with { store, _ in
            let page = Array("<!doctype html><script>alert(1)</script>".utf8)
            for type in SharedFile.MediaType.shown {
                let file = try Self.file(page.count, type.description)
                try await Self.expect(.wrongType) { try await store.store(file, in: lobby, body: Self.body(page)) }
            }
            // As another type it is stored, but browsers do not show it.
            let file = try Self.file(page.count, "text/html")
            _ = try await store.store(file, in: lobby, body: Self.body(page))
            #expect(try await store.find(file.id, of: lobby)?.type == nil)
            let picture: [UInt8] = [0xFF, 0xD8, 0xFF]
            let jpeg = try Self.file(3, "image/jpeg")
            _ = try await store.store(jpeg, in: lobby, body: Self.body(picture))
            #expect(try await store.find(jpeg.id, of: lobby)?.type == .jpeg)
        }
    }

    @Test func whatIsNotOursIsLeftAlone() async throws {
        try await Self.with { store, path in
            let manager = FileManager.default
            for name in ["lost+found", "lobby", "lobby/sub", ".hidden"] {
                try manager.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
            }
            for name in ["README", "lobby/README", "lobby/x.part", "lobby/y.part"] {
                _ = manager.createFile(atPath: "\(path)/\(name)", contents: nil)
            }
            try manager.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 9)], ofItemAtPath: "\(path)/lobby/x.part")
            #expect(try await store.rooms() == [lobby])
            #expect(try await store.files(of: lobby).isEmpty)
            #expect(try await store.files(of: #require(RoomName("nowhere"))).isEmpty)
            try await store.tidy(lobby, before: 10_000)
            #expect(
                Self.everything(in: path)
                    == [".hidden", "README", "lobby", "lobby/README", "lobby/sub", "lobby/y.part", "lost+found"])
            for name in ["README", "sub", "y.part"] { try manager.removeItem(atPath: "\(path)/lobby/\(name)") }
            try await store.tidy(lobby, before: 10_000)
            try await store.tidy(lobby, before: 10_000)
            #expect(Self.everything(in: path) == [".hidden", "README", "lost+found"])
        }
    }
}
