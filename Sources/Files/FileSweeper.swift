package import ChatModel
import CoreMetrics
package import Logging
import Operations
import ServiceLifecycle
import Supervision
import Synchronization

/// Deletes the files that no message has (`docs/protocol.md`, section 15): some seconds after their message was
/// deleted, or an hour after it left the log, or when nobody can send them any more. What is in doubt stays, and nothing
/// is deleted if the files belong to another log (`FileOwnership`).
///
/// Every node sweeps, as deleting twice does no harm.
package final class FileSweeper: Service {
    private static let atOnce = 100
    private static let mostNoted = 1_000

    /// Of a room in which messages were deleted and that was not swept since.
    private struct Note {
        let first: ContinuousClock.Instant
        var last: ContinuousClock.Instant
    }

    /// Charges of files.
    private struct Tally {
        var kept = 0
        var deleted = 0
    }

    private let store: any FileStore
    private let index: any FileIndex
    private let ownership: FileOwnership
    private let usage: FileUsage
    private let metrics: FileMetrics
    private let pace: FileSweepPace
    private let logger: Logger
    private let noted = Mutex<[RoomName: Note]>([:])
    private let outage = Mutex(OutageReport())

    package init(
        store: any FileStore, index: any FileIndex, usage: FileUsage, pace: FileSweepPace = FileSweepPace(),
        metrics: FileMetrics, logger: Logger
    ) {
        self.store = store
        self.index = index
        self.usage = usage
        self.pace = pace
        self.metrics = metrics
        self.logger = logger
        ownership = FileOwnership(store: store, index: index, metrics: metrics, logger: logger)
    }

    /// A message of the room is about to be deleted. If this is lost, the next sweep of all rooms finds its files.
    package func note(_ room: RoomName) { note(room, at: .now) }

    func note(_ room: RoomName, at now: ContinuousClock.Instant) {
        noted.withLock { rooms in
            if rooms[room] != nil {
                rooms[room]?.last = now
            } else if rooms.count < Self.mostNoted {
                rooms[room] = Note(first: now, last: now)
            }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var isDue = ContinuousClock.now
            var checkIsDue = isDue
            var countIsDue = isDue
            while !Task.isCancelled {
                if ownership.wasDoubted, checkIsDue <= .now {
                    checkIsDue = .now + pace.check
                    if (try? await ownership.check()) ?? false { isDue = .now }
                }
                if usage.wasFull, countIsDue <= .now {
                    countIsDue = .now + pace.recount
                    isDue = .now
                }
                if isDue <= .now {
                    // At another time than the other nodes.
                    isDue = .now + (await sweepAll() ? pace.all * Double.random(in: 0.75...1.25) : pace.retry)
                }
                for room in dueRooms(at: .now) where !Task.isCancelled {
                    var tally = Tally()
                    do {
                        try await sweep(room, try await store.files(of: room), &tally)
                    } catch {
                        note(room)
                        failed(error)
                    }
                    usage.deleted(tally.deleted)
                }
                try? await Task.sleep(for: pace.glance)
            }
        }
    }

    /// Those that were noted some time ago, which further notes do not put off. One whose last note is younger is due
    /// again: that message may still be there.
    func dueRooms(at now: ContinuousClock.Instant) -> [RoomName] {
        noted.withLock { rooms in
            let due = rooms.filter { $0.value.first + pace.settling <= now }
            for (room, note) in due {
                rooms[room] = note.last + pace.settling <= now ? nil : Note(first: note.last, last: note.last)
            }
            return Array(due.keys)
        }
    }

    /// Sweeps all rooms, and counts what they keep. A room that fails does not hold up the others.
    /// - Returns: `false`: the store or the log failed.
    package func sweepAll() async -> Bool {
        let added = usage.added
        var isWhole = true
        var tally = Tally()
        do {
            do {
                _ = try await ownership.check()
            } catch {
                isWhole = false
                failed(error)
            }
            try await store.visitRooms { room, files in
                do {
                    try await sweep(room, try await files(), &tally)
                } catch {
                    try Task.checkCancellation()
                    isWhole = false
                    failed(error)
                }
            }
            usage.set(tally.kept, since: added)
        } catch {
            failed(error)
            return false
        }
        if isWhole, outage.withLock({ $0.ended(now: .now) }) != nil { logger.notice("files are swept again") }
        return isWhole
    }

    private func sweep(_ room: RoomName, _ files: [StoredFile], _ tally: inout Tally) async throws {
        tally.kept += files.reduce(0) { $0 + $1.charge }
        for start in stride(from: 0, to: files.count, by: Self.atOnce) {
            try await sweep(Array(files[start..<min(start + Self.atOnce, files.count)]), of: room, &tally)
            try await Task.sleep(for: pace.pause)
        }
        try await store.tidy(room, before: WallClock.milliseconds() - FileSweepPace.unfinished)
        metrics.sweptRooms.increment()
    }

    private func sweep(_ files: [StoredFile], of room: RoomName, _ tally: inout Tally) async throws {
        let standings = try await index.standings(of: files.map(\.id), in: room)
        guard standings.count == files.count else { return }
        let now = WallClock.milliseconds()
        let useless = zip(files, standings).filter { Self.mayGo($1, storedAt: $0.storedAt, now: now) }
        // After the question: it may have been asked of a log that was emptied just before.
        guard !useless.isEmpty, try await ownership.check() else { return }
        var failure: (any Error)?
        for (file, standing) in useless {
            do {
                try await store.delete(file.id, of: room)
            } catch {
                failure = error
                continue
            }
            tally.kept -= file.charge
            tally.deleted += file.charge
            metrics.swept(standing == .deleted ? .deleted : .unused)
        }
        if let failure { throw failure }
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
            // The time comes from a disk, so it must not trap. An absurd one is in doubt.
            isOlder(storedAt, now, than: FileSweepPace.unused)
        }
    }

    private static func isOlder(_ time: Int64, _ now: Int64, than age: Int64) -> Bool {
        let (passed, overflows) = now.subtractingReportingOverflow(time)
        return !overflows && passed > age
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
    /// While the store is full, as far as this node knows.
    package var recount = Duration.seconds(60)
    /// While the files are not known to be the log's.
    package var check = Duration.seconds(5)
    /// After a failure.
    package var retry = Duration.seconds(5)
    /// Between two questions to the log.
    package var pause = Duration.milliseconds(10)

    package init() {}
}
