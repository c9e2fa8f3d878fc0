/// A random number generator, repeatable from its seed: SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom
/// Number Generators", OOPSLA 2014).
package struct GossipRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        self.state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return StableHash.mix(state)
    }

    /// `count` distinct numbers from 0..<bound, or all of them if there are fewer (Floyd's algorithm: Bentley, "A
    /// Sample of Brilliance", CACM 30(9), 1987).
    mutating func sample(_ count: Int, below bound: Int) -> [Int] {
        var chosen: [Int] = []
        for top in max(0, bound - count)..<max(0, bound) {
            let candidate = Int.random(in: 0...top, using: &self)
            chosen.append(chosen.contains(candidate) ? top : candidate)
        }
        chosen.shuffle(using: &self)
        return chosen
    }

    /// Jitter of ± 20 %, so that nodes started together do not stay in step.
    mutating func jittered(_ interval: Microseconds) -> Microseconds {
        interval + Int64.random(in: -(interval / 5)...(interval / 5), using: &self)
    }
}

/// A hash that is equal on every node and in every run (Swift's own is seeded): FNV-1a with a final mix.
struct StableHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func combine(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    mutating func combine(_ text: String) {
        for byte in text.utf8 { combine(byte) }
        combine(UInt8(0))
    }

    mutating func combine(_ number: UInt64) {
        state = Self.mix(state ^ number)
    }

    var value: UInt64 { Self.mix(state) }

    static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
