internal import DequeModule

/// A dictionary of bounded size that evicts its oldest entry.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let limit: Int
    private var values: [Key: Value] = [:]
    private var order: Deque<Key> = []

    init(limit: Int) {
        precondition(limit > 0, "the limit must be positive, not \(limit)")
        self.limit = limit
    }

    var count: Int { values.count }

    subscript(key: Key) -> Value? { values[key] }

    mutating func set(_ key: Key, _ value: Value) {
        guard values.updateValue(value, forKey: key) == nil else { return }
        order.append(key)
        if order.count > limit { values[order.removeFirst()] = nil }
    }

    /// - Returns: `nil` if there is no such entry.
    mutating func update<Result>(_ key: Key, _ change: (inout Value) -> Result) -> Result? {
        guard let index = values.index(forKey: key) else { return nil }
        return change(&values.values[index])
    }

    mutating func remove(_ key: Key) -> Value? {
        guard let value = values.removeValue(forKey: key) else { return nil }
        order.removeAll { $0 == key }
        return value
    }
}
