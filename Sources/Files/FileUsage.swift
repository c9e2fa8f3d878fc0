import CoreMetrics
import Synchronization

/// How many bytes the store holds, and may hold: counted by each sweep of all rooms, and in between by what this node
/// stores and deletes. Other nodes may have added something since.
package final class FileUsage: Sendable {
    private let bytes = Atomic(0)
    private let limit: Int?
    private let metrics: FileMetrics

    /// - `limit`: in bytes; `nil`: none.
    package init(limit: Int?, metrics: FileMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    /// Whether there is space for so many more.
    package func admits(_ more: Int) -> Bool {
        guard let limit else { return true }
        return bytes.load(ordering: .relaxed) + more <= limit
    }

    package func add(_ more: Int) {
        metrics.bytes.set(Double(bytes.add(more, ordering: .relaxed).newValue))
    }

    func set(_ count: Int) {
        bytes.store(count, ordering: .relaxed)
        metrics.bytes.set(Double(count))
    }
}
