import ChatModel
import CoreMetrics
import Logging
import Operations
import Supervision
import Synchronization

/// Makes sure that files are deleted only by the log whose messages have them: a Redis that was emptied, or another
/// one, does not know any of these messages. The log has a random id, which is kept with the files, too.
final class FileOwnership: Sendable {
    private let store: any FileStore
    private let index: any FileIndex
    private let metrics: FileMetrics
    private let logger: Logger
    private let isInDoubt = Mutex(false)

    init(store: any FileStore, index: any FileIndex, metrics: FileMetrics, logger: Logger) {
        self.store = store
        self.index = index
        self.metrics = metrics
        self.logger = logger
        metrics.foreign.set(0)
    }

    /// The last answer of `check` was no.
    var wasDoubted: Bool { isInDoubt.withLock { $0 } }

    /// Whether the log is that of the files. If there are none, or neither has an id, it becomes that.
    func check() async throws -> Bool {
        let log = try await index.log()
        let known = try await store.logID()
        if known == log.id { return tell(true, log.id) }
        guard known == nil else { return tell(false, log.id) }
        if !log.isNew, try await !store.isEmpty() { return tell(false, log.id) }
        try await store.setLogID(log.id)
        return tell(true, log.id)
    }

    private func tell(_ isOurs: Bool, _ id: String) -> Bool {
        let isNews = isInDoubt.withLock { isInDoubt in
            defer { isInDoubt = !isOurs }
            return isInDoubt == isOurs
        }
        if isNews {
            metrics.foreign.set(isOurs ? 0 : 1)
            if isOurs {
                logger.notice("the files belong to this log: they are swept again")
            } else {
                logger.warning(
                    """
                    no file is deleted: the files belong to another log, or Redis was emptied; check REDIS_URL, \
                    KEY_PREFIX and FILES_DIR or FILES_S3_URL; if this log is right, write its id to .webchat-log there
                    """,
                    metadata: [LogKey.logID: "\(id)"])
            }
        }
        return isOurs
    }
}
