/// How long to wait before the next attempt: exponential backoff with full jitter, `random(0, min(cap, base · 2ⁿ))`
/// after the n-th failure (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
///
/// A pure value, owned by the code that retries, which passes in the randomness.
package struct Backoff: Hashable, Sendable {
    /// Draws a random number from a range.
    package typealias Draw = (ClosedRange<Int64>) -> Int64

    /// 2⁴⁷ ns is more than a day: further failures no longer change the wait.
    private static let failuresThatMatter = 47

    package let base: Duration
    package let cap: Duration
    /// Failures since the last `reset`.
    package private(set) var failures = 0

    /// - `cap`: at most a day.
    package init(base: Duration, cap: Duration) {
        precondition(base > .zero && base <= cap && cap <= .seconds(86_400), "invalid backoff from \(base) to \(cap)")
        self.base = base
        self.cap = cap
    }

    /// Upper limit of the next wait.
    package var ceiling: Duration {
        var ceiling = base
        for _ in 0..<failures where ceiling < cap { ceiling *= 2 }
        return min(ceiling, cap)
    }

    /// Counts a failure and draws the wait after it.
    package mutating func next(draw: Draw = { .random(in: $0) }) -> Duration {
        let ceiling = ceiling.components
        failures = min(failures + 1, Self.failuresThatMatter)
        let nanoseconds = ceiling.seconds * 1_000_000_000 + ceiling.attoseconds / 1_000_000_000
        return .nanoseconds(draw(0...nanoseconds))
    }

    /// Call on success: the next failure starts at `base` again.
    package mutating func reset() {
        failures = 0
    }
}
