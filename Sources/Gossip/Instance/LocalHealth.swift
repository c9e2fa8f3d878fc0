/// How much this node distrusts itself, from 0 (healthy) to 7. The higher, the longer it waits before accusing others,
/// because the fault may be local (Lifeguard, section IV.A).
struct LocalHealth: Hashable, Sendable {
    private static let worst = 7

    private(set) var score = 0

    /// Multiplier for the probe interval and timeout.
    var factor: Int64 { Int64(score + 1) }

    mutating func improve() { score = max(0, score - 1) }
    mutating func worsen(by amount: Int) { score = min(Self.worst, score + amount) }
}
