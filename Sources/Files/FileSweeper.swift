package import ChatModel
import CoreMetrics
package import Logging
import Operations
import ServiceLifecycle
import Supervision
import Synchronization

/// Deletes the files that no message has (`docs/protocol.md`, section 15): some seconds after their message was
/// deleted, or an hour after it left the log, or when nobody can send them any more. What is in doubt stays.
///
/// Every node sweeps, as deleting twice does no harm.
package final class FileSweeper: Service {
    private static let atOnce = 100
    private static let mostNoted = 1_000

    private let store: FileDirectory
    private let index: any FileIndex
    private let usage: FileUsage
    private let metrics: FileMetrics
    private let pace: FileSweepPace
    private let logger: Logger
    /// Rooms in which a message was deleted, and since when.
    private let noted = Mutex<[RoomName: ContinuousClock.Instant]>([:])
    private let outage = Mutex(OutageReport())

    package init(
        store: FileDirectory, index: any FileIndex, usage: FileUsage, pace: FileSweepPace = FileSweepPace(),
        metrics: FileMetrics, logger: Logger
    ) {
        self.store = store
        self.index = index
        self.usage = usage
        self.pace = pace
        self.metrics = metrics
        self.logger = logger
    }

    /// A message of the room is about to be deleted. If this is lost, the next sweep of all rooms finds its files.
    package func note(_ room: RoomName) {
        noted.withLock { rooms in
            if rooms.count < Self.mostNoted { rooms[room] = .now }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var isDue = ContinuousClock.now
            while !Task.isCancelled {
                if isDue <= .now {
                    // At another time than the other nodes.
                    isDue = .now + (await sweepAll() ? pace.all * Double.random(in: 0.75...1.25) : pace.retry)
                }
                for room in dueRooms() {
                    do {
                        usage.add(-(try await sweep(room).deleted))
                    } catch {
                        note(room)
                        failed(error)
                        break
                    }
                }
                try? await Task.sleep(for: pace.glance)
            }
        }
    }

    private func dueRooms() -> [RoomName] {
        noted.withLock { rooms in
            let due = rooms.filter { $0.value + pace.settling <= .now }.keys
            for room in due { rooms[room] = nil }
            return Array(due)
        }
    }

    /// Sweeps all rooms, and counts what they keep.
    /// - Returns: `false`: the store or the log failed.
    package func sweepAll() async -> Bool {
        do {
            var bytes = 0
            for room in try await store.rooms() { bytes += try await sweep(room).kept }
            usage.set(bytes)
            if outage.withLock({ $0.ended(now: .now) }) != nil { logger.notice("files are swept again") }
            return true
        } catch {
            failed(error)
            return false
        }
    }

    /// - Returns: how many bytes were kept and deleted.
    private func sweep(_ room: RoomName) async throws -> (kept: Int, deleted: Int) {
        let files = try await store.files(of: room)
        let total = files.reduce(0) { $0 + $1.bytes }
        var deleted = 0
        for start in stride(from: 0, to: files.count, by: Self.atOnce) {
            deleted += try await sweep(Array(files[start..<min(start + Self.atOnce, files.count)]), of: room)
            try await Task.sleep(for: pace.pause)
        }
        try await store.tidy(room, before: WallClock.milliseconds() - FileSweepPace.unfinished)
        metrics.sweptRooms.increment()
        return (total - deleted, deleted)
    }

    private func sweep(_ files: [StoredFile], of room: RoomName) async throws -> Int {
        let standings = try await index.standings(of: files.map(\.id), in: room)
        guard standings.count == files.count else { return 0 }
        let now = WallClock.milliseconds()
        var bytes = 0
        for (file, standing) in zip(files, standings) {
            guard Self.mayGo(standing, storedAt: file.storedAt, now: now) else { continue }
            try await store.delete(file.id, of: room)
            bytes += file.bytes
            metrics.swept(standing == .deleted ? .deleted : .unused)
        }
        return bytes
    }

    /// A file without a message may still get one, as long as its ticket is valid. Every ticket is older than the file
    /// and ends before `unused`, so a message that is sent from then on cannot have it: the log never has a message
    /// whose file was swept, however long anything takes.
    /// - Parameters:
    ///   - storedAt: milliseconds since 1970, as is `now`.
    static func mayGo(_ standing: FileStanding, storedAt: Int64, now: Int64) -> Bool {
        switch standing {
        case .kept: false
        case .deleted: true
        case .unknown:
            // The clock comes from a disk, so it must not trap.
            now.subtractingReportingOverflow(storedAt).partialValue > FileSweepPace.unused
        }
    }

    private func failed(_ error: any Error) {
        if error is CancellationError { return }
        metrics.failed.increment()
        // That is logged by the connection.
        if (error as? RelayError)?.code == .unavailable { return }
        guard outage.withLock({ $0.failed(now: .now) }) != .nothing else { return }
        logger.warning("files cannot be swept: they stay for now", metadata: [LogKey.error: "\(error)"])
    }
}

/// How fast files are swept.
package struct FileSweepPace: Sendable {
    /// Milliseconds after which a file without a message may go: the validity of its ticket (`FileTicket`), and two
    /// hours for clocks that differ and messages on their way.
    package static let unused: Int64 = 4 * 3_600_000
    /// Milliseconds after which an upload has ended, one way or another.
    static let unfinished: Int64 = 3_600_000
    /// How often to look for rooms in which a message was deleted.
    package var glance = Duration.seconds(1)
    /// From the note of a deletion, which comes just before it.
    package var settling = Duration.seconds(2)
    /// Between two sweeps of all rooms.
    package var all = Duration.seconds(3_600)
    /// After a failure.
    package var retry = Duration.seconds(5)
    /// Between two questions to the log.
    package var pause = Duration.milliseconds(10)

    package init() {}
}
