/// Tracks a sender's counters: accepts the last 1,024 in any order, nothing older (as in RFC 6479). Pure.
struct ReplayWindow: Hashable, Sendable {
    static let width: UInt64 = 1_024

    private var highest: UInt64?
    /// One bit per counter, modulo the width.
    private var seen = [UInt64](repeating: 0, count: Int(width / 64))

    /// - Returns: whether it is new. Call only for datagrams that have been authenticated.
    mutating func admit(_ counter: UInt64) -> Bool {
        guard let highest else {
            self.highest = counter
            mark(counter)
            return true
        }
        if counter > highest {
            for passed in 1...min(counter - highest, Self.width) { clear(highest &+ passed) }
            self.highest = counter
        } else if highest - counter >= Self.width || isMarked(counter) {
            return false
        }
        mark(counter)
        return true
    }

    private func position(_ counter: UInt64) -> (word: Int, bit: UInt64) {
        let slot = counter % Self.width
        return (Int(slot / 64), 1 << (slot % 64))
    }

    private func isMarked(_ counter: UInt64) -> Bool {
        let (word, bit) = position(counter)
        return seen[word] & bit != 0
    }

    private mutating func mark(_ counter: UInt64) {
        let (word, bit) = position(counter)
        seen[word] |= bit
    }

    private mutating func clear(_ counter: UInt64) {
        let (word, bit) = position(counter)
        seen[word] &= ~bit
    }
}
