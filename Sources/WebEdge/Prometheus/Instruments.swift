import CoreMetrics
import Synchronization

/// The values behind the instruments, one object per series. Recording is a relaxed atomic operation without locks or
/// allocations, from any thread. Owned by `PrometheusFactory` until the node ends.

/// A sum that only grows.
final class CounterInstrument: CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<Int64>(0)
    private let fractional = AtomicDouble()

    var value: Double { Double(whole.load(ordering: .relaxed)) + fractional.value }

    func increment(by amount: Int64) {
        precondition(amount >= 0, "a counter cannot decrease by \(amount)")
        whole.wrappingAdd(amount, ordering: .relaxed)
    }

    func increment(by amount: Double) {
        precondition(amount >= 0, "a counter cannot decrease by \(amount)")
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

/// Counts values per bucket. Durations are recorded and summed in nanoseconds and read in seconds.
// The cells are atomics at fixed addresses, freed with the last reference.
final class HistogramInstrument: TimerHandler, RecorderHandler, @unchecked Sendable {
    /// Upper bounds, ascending and inclusive.
    let bounds: [Double]
    /// One per bound, and one for values above all of them.
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
        // Division rounds correctly, so a duration equal to a bound falls into its bucket.
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

    /// Reads each bucket once, so that the totals derived from it are consistent.
    var buckets: [Int] { cells.indices.map { cells[$0].load(ordering: .relaxed) } }
    var sum: Double { Double(nanoseconds.load(ordering: .relaxed)) / 1e9 + values.value }
}

/// A `Double` that several threads can add to.
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
