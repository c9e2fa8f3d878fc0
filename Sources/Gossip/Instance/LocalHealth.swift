/// How much this node mistrusts itself, 0 (well) to 7: it then waits longer for others before it accuses them, since the
/// fault may be its own (Lifeguard, section IV.A).
struct LocalHealth: Hashable, Sendable {
    private static let worst = 7

    private(set) var score = 0

    /// What the probe's interval and timeout are multiplied with.
    var factor: Int64 { Int64(score + 1) }

    mutating func improve() { score = max(0, score - 1) }
    mutating func worsen(by amount: Int) { score = min(Self.worst, score + amount) }
}
