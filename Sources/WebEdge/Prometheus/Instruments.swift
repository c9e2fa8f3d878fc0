import CoreMetrics
import Synchronization

/// The values behind the instruments, one object a series. Recording is a relaxed atomic operation: no lock, no
/// allocation, from any thread. Owned by `PrometheusFactory` for the life of the node.

/// A sum that only grows.
final class CounterInstrument: CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<Int64>(0)
    private let fractional = AtomicDouble()

    var value: Double { Double(whole.load(ordering: .relaxed)) + fractional.value }

    func increment(by amount: Int64) {
        precondition(amount >= 0, "a counter was asked to go back by \(amount)")
        whole.wrappingAdd(amount, ordering: .relaxed)
    }

    func increment(by amount: Double) {
        precondition(amount >= 0, "a counter was asked to go back by \(amount)")
        fractional.add(amount)
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fractional.set(0)
    }
}

/// A value that goes up and down.
final class GaugeInstrument: MeterHandler, RecorderHandler {
    private let current = AtomicDouble()

    var value: Double { current.value }

    func set(_ value: Int64) { current.set(Double(value)) }
    func set(_ value: Double) { current.set(value) }
    func increment(by amount: Double) { current.add(amount) }
    func decrement(by amount: Double) { current.add(-amount) }
    func record(_ value: Int64) { current.set(Double(value)) }
    func record(_ value: Double) { current.set(value) }
}

/// How often values fell into which bucket. Durations come in as nanoseconds, are summed as such and read as seconds.
// The cells are atomics at addresses that never change; they are freed with the last reference.
final class HistogramInstrument: TimerHandler, RecorderHandler, @unchecked Sendable {
    /// Upper bounds, ascending, each one's own bucket included.
    let bounds: [Double]
    /// One a bound, and one for what lies above all of them.
    private let cells: UnsafeMutableBufferPointer<Atomic<Int>>
    private let nanoseconds = Atomic<Int64>(0)
    private let values = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        self.cells = .allocate(capacity: bounds.count + 1)
        for index in cells.indices { cells.initializeElement(at: index, to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize()
        cells.deallocate()
    }

    func recordNanoseconds(_ duration: Int64) {
        nanoseconds.wrappingAdd(duration, ordering: .relaxed)
        // A division rounds correctly, so a duration that is exactly a bound belongs to its bucket.
        count(Double(duration) / 1e9)
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        values.add(value)
        count(value)
    }

    private func count(_ value: Double) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].wrappingAdd(1, ordering: .relaxed)
    }

    /// Each bucket read once, so that what is derived from it (running totals, count) agrees with itself.
    var buckets: [Int] { cells.indices.map { cells[$0].load(ordering: .relaxed) } }
    var sum: Double { Double(nanoseconds.load(ordering: .relaxed)) / 1e9 + values.value }
}

/// A `Double` that several threads may add to.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}
