import CoreMetrics
import Synchronization

/// How many bytes the store holds, and may hold: counted by each sweep of all rooms, and in between by what this node
/// stores and deletes. Other nodes may have added or deleted something since. Each file counts `StoredFile.charge`.
package final class FileUsage: Sendable {
    private struct Count {
        var stored = 0
        /// By uploads in progress.
        var reserved = 0
        /// Since the start: what a sweep may have missed.
        var added = 0
        var wasFull = false
    }

    private let count = Mutex(Count())
    private let limit: Int?
    private let metrics: FileMetrics

    /// - `limit`: in bytes; `nil`: none.
    package init(limit: Int?, metrics: FileMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    /// Whether there is space for another file now.
    package func admits(_ bytes: Int) -> Bool { count.withLock { admits(bytes, &$0) } }

    private func admits(_ bytes: Int, _ count: inout Count) -> Bool {
        guard let limit else { return true }
        let isThere = count.stored + count.reserved + StoredFile.charge(bytes) <= limit
        if !isThere { count.wasFull = true }
        return isThere
    }

    /// Takes the space of a file that is about to be uploaded, until `release`.
    /// - Returns: `false`: there is none.
    package func reserve(_ bytes: Int) -> Bool {
        count.withLock { count in
            guard admits(bytes, &count) else { return false }
            count.reserved += StoredFile.charge(bytes)
            return true
        }
    }

    /// - `isStored`: the file has been added to the store.
    package func release(_ bytes: Int, isStored: Bool) {
        change { count in
            let charge = StoredFile.charge(bytes)
            count.reserved -= charge
            guard isStored else { return }
            count.stored += charge
            count.added += charge
        }
    }

    /// Somebody may now store a file without this node seeing it.
    package func granted(_ bytes: Int) {
        change { count in
            count.stored += StoredFile.charge(bytes)
            count.added += StoredFile.charge(bytes)
        }
    }

    /// Another node may have counted them.
    func deleted(_ charges: Int) { change { $0.stored = max(0, $0.stored - charges) } }

    /// Since the last count something was refused: perhaps other nodes have deleted files.
    var wasFull: Bool { count.withLock(\.wasFull) }

    /// What this node has ever added.
    var added: Int { count.withLock(\.added) }

    /// What was counted, perhaps without what has been added since: that counts twice until the next time rather than
    /// not at all.
    func set(_ charges: Int, since added: Int) {
        change { count in
            count.stored = charges + count.added - added
            count.wasFull = false
        }
    }

    private func change(_ body: (inout sending Count) -> Void) {
        let stored = count.withLock { count in
            body(&count)
            return count.stored
        }
        metrics.bytes.set(Double(stored))
    }
}
