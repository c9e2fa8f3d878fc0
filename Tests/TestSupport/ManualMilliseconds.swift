import Synchronization

/// A wall clock that a test moves.
package final class ManualMilliseconds: Sendable {
    private let milliseconds = Mutex<Int64>(1_700_000_000_000)

    package init() {}

    package var now: Int64 { milliseconds.withLock { $0 } }

    package func advance(by amount: Int64) {
        milliseconds.withLock { $0 += amount }
    }
}
