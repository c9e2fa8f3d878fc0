import ChatModel
import CoreMetrics
import Foundation
import Logging
import NIOPosix
import S3
import TestSupport
import Testing

@testable import Files

/// With a store that checks every signature.
@Suite(.timeLimit(.minutes(1))) struct FileBucketTests {
    /// A log in which all files of these rooms were deleted.
    private struct Deleted: FileIndex {
        let rooms: Set<String>
        var id = "first"

        func log() async throws -> FileLog { FileLog(id: id, isNew: false) }
        func standings(of files: [FileID], in room: RoomName) async throws -> [FileStanding] {
            files.map { _ in rooms.contains(room.description) ? .deleted : .unknown }
        }
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func with(_ body: (FileBucket, S3Client) async throws -> Void) async throws {
        try await withMoto { moto in
            let client = S3Client(
                S3Configuration(
                    try S3Location("\(moto.url)/\(MotoServer.bucket)/chat"),
                    credentials: S3Credentials(accessKey: moto.accessKey, secretKey: moto.secretKey), region: nil),
                on: MultiThreadedEventLoopGroup.singleton, now: { WallClock.milliseconds() / 1_000 })
            client.open()
            try await body(FileBucket(client, origins: [], logger: logger), client)
            await client.shutdown()
        }
    }

    private static func sweeper(of bucket: FileBucket, by index: some FileIndex) -> FileSweeper {
        let metrics = FileMetrics(factory: NOOPMetricsHandler.instance)
        return FileSweeper(
            store: bucket, index: index, usage: FileUsage(limit: nil, metrics: metrics), metrics: metrics,
            logger: logger)
    }

    @Test func filesAreFoundAndSweptOnlyByTheirLog() async throws {
        try await Self.with { bucket, client in
            let ids = try "abcd".map { try #require(FileID(String(repeating: $0, count: 26))) }
            let attic = try #require(RoomName("attic"))
            #expect(try await bucket.isEmpty())
            try await client.create(
                "lobby/\(ids[0])", [0x89] + Array("PNG\r\n\u{1A}\n".utf8) + [UInt8](repeating: 7, count: 90))
            try await client.create("lobby/\(ids[1])", Array("<!doctype html>".utf8))
            try await client.create("attic/\(ids[2])", [1])
            // Not ours.
            for key in ["README", "lobby/README", "lobby/\(ids[3])/x", "no room!/\(ids[3])"] {
                try await client.create(key, [1])
            }
            #expect(try await !bucket.isEmpty())

            #expect(try await bucket.find(ids[0], of: .lobby)?.type == .png)
            #expect(try await #require(bucket.find(ids[1], of: .lobby)).type == nil)
            #expect(try await bucket.find(ids[2], of: .lobby) == nil)
            #expect(try await bucket.files(of: .lobby).map(\.id) == [ids[0], ids[1]])
            var rooms: [RoomName: [Int]] = [:]
            try await bucket.visitRooms { room, files in rooms[room, default: []] += try await files().map(\.bytes) }
            #expect(rooms == [attic: [1], .lobby: [98, 15]])

            // Files without a log's id, and those of another log, stay.
            let everything = Deleted(rooms: ["attic", "lobby"])
            #expect(await Self.sweeper(of: bucket, by: everything).sweepAll())
            #expect(try await bucket.files(of: .lobby).count == 2)
            #expect(try await bucket.logID() == nil)
            for id in ["second", "third"] { try await bucket.setLogID(id) }
            #expect(try await bucket.logID() == "second")
            #expect(await Self.sweeper(of: bucket, by: everything).sweepAll())
            #expect(try await bucket.files(of: .lobby).count == 2)
            try await client.delete(".webchat-log")
            try await bucket.setLogID("first")
            // Those without a message are too young.
            #expect(await Self.sweeper(of: bucket, by: Deleted(rooms: ["lobby"])).sweepAll())
            #expect(try await bucket.files(of: .lobby).isEmpty)
            #expect(try await bucket.files(of: attic).count == 1)
            try await bucket.delete(ids[2], of: attic)
            try await bucket.delete(ids[2], of: attic)
            #expect(try await bucket.isEmpty())
            #expect(try await client.list().objects.count == 5)
        }
    }

    @Test func errorsNameNoFile() async throws {
        let client = S3Client(
            S3Configuration(
                try S3Location("http://127.0.0.1:\(try freePort())/pictures"),
                credentials: S3Credentials(accessKey: "a", secretKey: "HUSH"), region: nil),
            on: MultiThreadedEventLoopGroup.singleton, now: { 0 })
        let bucket = FileBucket(client, origins: [], logger: Self.logger)
        let id = try #require(FileID(String(repeating: "a", count: 26)))
        for isOpen in [false, true] {
            if isOpen { client.open() }
            let error = await #expect(throws: FileError.self) { try await bucket.find(id, of: .lobby) }
            #expect(error?.code == .failed)
            let text = error?.description ?? ""
            #expect(!text.contains("lobby") && !text.contains("aaaa") && !text.contains("HUSH"), "\(text)")
        }
        await client.shutdown()
    }
}
