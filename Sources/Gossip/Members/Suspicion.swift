import Foundation

/// How long a silent member may still refute. The fewer accusers, the longer, because a single accuser may itself be at
/// fault (Lifeguard, section IV.B).
struct Suspicion: Hashable, Sendable {
    private let minimum: Microseconds
    private let maximum: Microseconds
    /// How many further accusers reduce it to the minimum.
    private let needed: Int
    private var startedAt: Microseconds
    private var confirmed = 0

    /// - `count`: alive and suspect members, including this node.
    init(at now: Microseconds, among count: Int, parameters: GossipParameters) {
        minimum = Microseconds(Double(parameters.suspicionMinimum) * max(1, log10(Double(count))))
        needed = count - 2 < parameters.confirmations ? 0 : parameters.confirmations
        maximum = needed == 0 ? minimum : minimum * Int64(parameters.suspicionSpread)
        startedAt = now
    }

    var endsAt: Microseconds {
        guard needed > 0 else { return startedAt + minimum }
        let shortened = Double(maximum - minimum) * log(Double(confirmed + 1)) / log(Double(needed + 1))
        return startedAt + max(minimum, maximum - Microseconds(shortened))
    }

    mutating func confirm() {
        if confirmed < needed { confirmed += 1 }
    }

    mutating func postpone(by delay: Microseconds) {
        startedAt += delay
    }
}
