import ChatModel
import CoreMetrics
import Embedded
import Foundation
import InMemoryLogging
import Logging
import NIOCore
import NIOPosix
import Sealing
import TestSupport
import Testing

@testable import Files

@Suite struct FileSweeperTests {
    private static let secret = Array("a secret of at least 32 bytes, for tests".utf8)
    private static let hour: Int64 = 3_600_000

    /// The race of a sweep and a message: whenever the ticket was issued, the file uploaded and the sweep looked, no
    /// message that is sent afterwards can have a file that the sweep deleted, even with clocks an hour apart.
    @Test func noTicketIsValidOnceItsFileMayGo() throws {
        let sealer = try FileTicketSealer(secret: Self.secret)
        var generator = SeededGenerator(seed: 3)
        var gone = 0
        for _ in 0..<2_000 {
            let issued = Int64.random(in: 0...1_000_000_000_000, using: &generator)
            func skewed(_ time: Int64) -> Int64 {
                time + .random(in: -Self.hour / 2...Self.hour / 2, using: &generator)
            }
            let ticket = FileTicket(
                room: "lobby", user: "ann", name: "a", type: "a/b", bytes: 1, width: 0, height: 0,
                endsAt: issued / 1_000 + FileTicket.validSeconds)
            let text = try sealer.seal(ticket)
            // While the ticket is valid, at most.
            let stored = skewed(issued + .random(in: 0...FileTicket.validSeconds * 1_000, using: &generator))
            let swept = issued + .random(in: 0...60 * Self.hour, using: &generator)
            guard FileSweeper.mayGo(.unknown, storedAt: stored, now: skewed(swept)) else { continue }
            gone += 1
            #expect(sealer.open(text, now: skewed(swept) / 1_000) == nil)
        }
        #expect(gone > 500)
        // Uploaded 59 minutes or two hours ago, and sent now.
        for age in [59 * 60_000 as Int64, 2 * Self.hour, FileSweepPace.unused] {
            #expect(!FileSweeper.mayGo(.unknown, storedAt: 0, now: age))
        }
        #expect(FileSweeper.mayGo(.unknown, storedAt: 0, now: FileSweepPace.unused + 1))
        #expect(FileSweeper.mayGo(.deleted, storedAt: 0, now: 0))
        for now in [0, Int64.max] { #expect(!FileSweeper.mayGo(.kept, storedAt: 0, now: now)) }
        for stored in [Int64.min, .max] { #expect(!FileSweeper.mayGo(.unknown, storedAt: stored, now: 1_000)) }
    }

    /// An index that cannot be asked.
    private struct Unreachable: FileIndex {
        func log() async throws -> FileLog { throw RelayError(.unavailable, "away") }
        func standings(of files: [FileID], in room: RoomName) async throws -> [FileStanding] {
            throw RelayError(.unavailable, "away")
        }
    }

    /// A log without any message, which cannot be asked about one of the rooms.
    private struct Empty: FileIndex {
        var id = "memory"
        var isNew = false
        var broken: RoomName?

        func log() async throws -> FileLog { FileLog(id: id, isNew: isNew) }
        func standings(of files: [FileID], in room: RoomName) async throws -> [FileStanding] {
            guard room != broken else { throw RelayError(.refused, "WRONGTYPE") }
            return files.map { _ in .unknown }
        }
    }

    /// - `log`: whose files the directory has; `nil`: it does not say.
    private static func with(
        log id: String? = "memory", logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: (String, EmbeddedBackend, (any FileIndex) -> FileSweeper) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "sweep-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path + "/lobby", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        if let id { try await FileDirectory(path).setLogID(id) }
        let log = EmbeddedBackend(node: NodeIncarnation(name: "n1", generation: 1))
        let metrics = FileMetrics(factory: NOOPMetricsHandler.instance)
        var pace = FileSweepPace()
        pace.pause = .zero
        try await body(path, log) { index in
            FileSweeper(
                store: FileDirectory(path), index: index, usage: FileUsage(limit: nil, metrics: metrics), pace: pace,
                metrics: metrics, logger: logger)
        }
    }

    private static func publish(_ draft: MessageDraft, to log: EmbeddedBackend) async throws -> PublishReceipt {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: PublishReceipt.self)
        loop.execute {
            log.publish([draft], to: .lobby, on: loop) { answer.completeWith($0[0].mapError { $0 }) }
        }
        return try await answer.futureResult.get()
    }

    private static func add(_ name: String, hours: Double, to directory: String) throws -> FileID {
        let id = try #require(FileID(name + String(repeating: "a", count: 26 - name.count)))
        let date = Date(timeIntervalSinceNow: -hours * 3_600)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(
            atPath: "\(directory)/\(id)", contents: Data([1]), attributes: [.modificationDate: date])
        return id
    }

    /// In a Redis that was emptied, or in another one, no file has a message.
    @Test func anotherLogDeletesNothingUntilAnOperatorSaysSo() async throws {
        let handler = InMemoryLogHandler()
        try await Self.with(log: "first", logger: Logger(label: "test") { _ in handler }) { path, _, sweeper in
            _ = try Self.add("old", hours: 50, to: path + "/lobby")
            func left() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: path + "/lobby"))?.count ?? 0 }
            let mark = URL(fileURLWithPath: path + "/.webchat-log")
            for isNew in [true, false] {
                let other = sweeper(Empty(id: "second", isNew: isNew))
                for _ in 0..<3 { #expect(await other.sweepAll()) }
                #expect(left() == 1)
                #expect(handler.entries.count == (isNew ? 1 : 2), "said once by each")
            }
            #expect(handler.entries.allSatisfy { $0.level == .warning && $0.metadata["log.id"] == "second" })
            // Without its mark, the directory is that of a log which had no id before.
            try FileManager.default.removeItem(at: mark)
            let known = sweeper(Empty(id: "second"))
            #expect(await known.sweepAll() && left() == 1)
            try Data("second\n".utf8).write(to: mark)
            #expect(await known.sweepAll() && left() == 0)
            #expect(handler.entries.last?.level == .notice)
        }
        try await Self.with(log: nil) { path, _, sweeper in
            let mark = URL(fileURLWithPath: path + "/.webchat-log")
            // Nothing is there, or neither knows the other.
            #expect(await sweeper(Empty(id: "a")).sweepAll())
            #expect(try String(contentsOf: mark, encoding: .utf8) == "a\n")
            try FileManager.default.removeItem(at: mark)
            _ = try Self.add("young", hours: 1, to: path + "/lobby")
            #expect(await sweeper(Empty(id: "b", isNew: true)).sweepAll())
            #expect(try String(contentsOf: mark, encoding: .utf8) == "b\n")
        }
    }

    @Test func aRoomThatFailsDoesNotKeepTheOthersFromBeingSwept() async throws {
        let handler = InMemoryLogHandler()
        try await Self.with(logger: Logger(label: "test") { _ in handler }) { path, log, sweeper in
            let rooms = ["attic", "lobby", "zoo"]
            for room in rooms { _ = try Self.add("old", hours: 5, to: "\(path)/\(room)") }
            let broken = sweeper(Empty(broken: RoomName("lobby")))
            for _ in 0..<3 { #expect(await !broken.sweepAll()) }
            func left() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }
            }
            #expect(try left() == ["lobby"])
            #expect(handler.entries.count == 1)
            #expect(await sweeper(log).sweepAll())
            #expect(try left().isEmpty)
        }
    }

    /// Notes come as they like: each is followed by a sweep of its room once it has settled, and none is put off by
    /// others for longer than that.
    @Test func aStreamOfDeletionsDoesNotPutOffTheSweep() async throws {
        try await Self.with { _, log, sweeper in
            let sweeper = sweeper(log)
            var generator = SeededGenerator(seed: 4)
            let settling = FileSweepPace().settling
            var now = ContinuousClock.now
            var waiting: [ContinuousClock.Instant] = []
            for step in 0..<3_000 {
                if step < 2_900, Int.random(in: 0..<3, using: &generator) > 0 {
                    sweeper.note(.lobby, at: now)
                    waiting.append(now)
                }
                if sweeper.dueRooms(at: now) == [.lobby] { waiting.removeAll { $0 + settling <= now } }
                if let first = waiting.first { #expect(now - first <= settling * 2 + .milliseconds(800)) }
                now += .milliseconds(Int.random(in: 0...400, using: &generator))
            }
            #expect(waiting.isEmpty)
            #expect(sweeper.dueRooms(at: now + .seconds(100)).isEmpty)
        }
    }

    @Test func filesGoWithTheirMessageAndOldOnesThatHaveNone() async throws {
        try await Self.with { path, log, sweeper in
            let manager = FileManager.default
            func add(_ name: String, hours: Double) throws -> FileID {
                try Self.add(name, hours: hours, to: path + "/lobby")
            }
            let sent = try add("sent", hours: 100)
            let young = try add("young", hours: 3)
            let old = try add("old", hours: 5)
            let deleted = try add("deleted", hours: 0)
            func draft(_ id: FileID) throws -> MessageDraft {
                let file = SharedFile(
                    id: id, name: try #require(FileName("a")), type: .jpeg, bytes: 1, size: nil)
                return MessageDraft(user: UserID("ann"), name: "Ann", text: "", key: "", files: [file])
            }
            _ = try await Self.publish(draft(sent), to: log)
            let receipt = try await Self.publish(draft(deleted), to: log)
            _ = try await Self.publish(
                MessageDraft(
                    user: UserID("ann"), name: "Ann", text: "", key: "", act: .delete(receipt.position.id)), to: log)
            func left() -> Set<String> { Set((try? manager.contentsOfDirectory(atPath: path + "/lobby")) ?? []) }

            #expect(await !sweeper(Unreachable()).sweepAll())
            #expect(left().count == 4)
            #expect(await sweeper(log).sweepAll())
            #expect(left() == [sent.description, young.description], "\(old) and \(deleted) are gone")
            // The young one was sent in the meantime, and stays, however old it becomes.
            _ = try await Self.publish(draft(young), to: log)
            try manager.setAttributes([.modificationDate: Date.distantPast], ofItemAtPath: "\(path)/lobby/\(young)")
            #expect(await sweeper(log).sweepAll())
            #expect(left() == [sent.description, young.description])
            // With the room, all go at once.
            #expect(log.delete(.lobby))
            #expect(await sweeper(log).sweepAll())
            #expect(left().isEmpty)
        }
    }
}
