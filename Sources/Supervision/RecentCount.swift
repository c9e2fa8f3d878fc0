/// Counts events of the last five minutes in thirty slots of ten seconds.
struct RecentCount: Hashable, Sendable {
    private static let slotCount = 30
    private static let slotLength = 10.0

    private struct Slot: Hashable {
        /// Slot lengths since the origin; the slots are a ring.
        var number: Int
        var count = 0
    }

    private let origin: ContinuousClock.Instant
    private var slots: [Slot] = []

    init(origin: ContinuousClock.Instant) {
        self.origin = origin
    }

    mutating func add(at now: ContinuousClock.Instant) {
        if slots.isEmpty { slots = .init(repeating: Slot(number: 0), count: Self.slotCount) }
        let number = number(at: now)
        let index = number % Self.slotCount
        if slots[index].number != number { slots[index] = Slot(number: number) }
        slots[index].count += 1
    }

    func count(at now: ContinuousClock.Instant) -> Int {
        let oldest = number(at: now) - Self.slotCount
        return slots.reduce(0) { $0 + ($1.number > oldest ? $1.count : 0) }
    }

    private func number(at now: ContinuousClock.Instant) -> Int {
        Int(max(0, (now - origin) / .seconds(1)) / Self.slotLength)
    }
}
