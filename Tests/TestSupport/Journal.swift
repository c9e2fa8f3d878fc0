import Synchronization

/// What callbacks have brought, in order.
package final class Journal<Element: Sendable>: Sendable {
    private let entries = Mutex<[Element]>([])

    package init() {}

    package var all: [Element] { entries.withLock { $0 } }
    package func add(_ entry: Element) { entries.withLock { $0.append(entry) } }
}
