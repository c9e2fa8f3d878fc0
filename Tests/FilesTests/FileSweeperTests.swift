import ChatModel
import CoreMetrics
import Embedded
import Foundation
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
        func standings(of files: [FileID], in room: RoomName) async throws -> [FileStanding] {
            throw RelayError(.unavailable, "away")
        }
    }

    private static func with(
        _ body: (String, EmbeddedBackend, (any FileIndex) -> FileSweeper) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "sweep-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path + "/lobby", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = EmbeddedBackend(node: NodeIncarnation(name: "n1", generation: 1))
        let metrics = FileMetrics(factory: NOOPMetricsHandler.instance)
        var pace = FileSweepPace()
        pace.pause = .zero
        try await body(path, log) { index in
            FileSweeper(
                store: FileDirectory(path), index: index, usage: FileUsage(limit: nil, metrics: metrics), pace: pace,
                metrics: metrics, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
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

    @Test func filesGoWithTheirMessageAndOldOnesThatHaveNone() async throws {
        try await Self.with { path, log, sweeper in
            let manager = FileManager.default
            func add(_ name: String, hours: Double) throws -> FileID {
                let id = try #require(FileID(name + String(repeating: "a", count: 26 - name.count)))
                let date = Date(timeIntervalSinceNow: -hours * 3_600)
                let file = "\(path)/lobby/\(id)"
                _ = manager.createFile(atPath: file, contents: Data([1]), attributes: [.modificationDate: date])
                return id
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
