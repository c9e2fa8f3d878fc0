#if DEBUG
    import ChatClient
    import Foundation

    /// One target's turn: its inputs, and what came of them.
    struct FuzzRun {
        private static let poolLimit = 512
        /// More than all targets together take, a sanitizer included.
        private static let memoryLimit = 4_000 << 20

        private let target: FuzzTarget
        private var mutator: Mutator
        private var pool: [[UInt8]] = []
        private var outcomes: Set<Int> = []
        private var seconds = 0.0
        private(set) var count = 0
        /// The one that is looked at.
        private(set) var input: [UInt8] = []

        init(_ target: FuzzTarget, seed: UInt64) {
            self.target = target
            mutator = Mutator(seed: seed, words: target.words, maximumBytes: target.maximumBytes)
        }

        var summary: String {
            let name = target.name.padding(toLength: 18, withPad: " ", startingAt: 0)
            return "\(name) \(count) inputs, \(Int(Double(count) / max(seconds, 0.001))) a second, "
                + "\(outcomes.count) outcomes"
        }

        /// What is known must hold before anything else is tried.
        mutating func replay(_ known: [[UInt8]]) throws {
            pool = target.seeds + known
            for input in pool { _ = try look(at: input) }
            if pool.isEmpty { pool = [[]] }
        }

        mutating func mutate(for seconds: Double) throws {
            let start = ContinuousClock.now
            let end = start.advanced(by: .seconds(seconds))
            defer { self.seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000 }
            while ContinuousClock.now < end {
                let next = mutator.change(pool[mutator.below(pool.count)], pool)
                guard try look(at: next) else { continue }
                if pool.count < Self.poolLimit {
                    pool.append(next)
                } else {
                    pool[mutator.below(Self.poolLimit)] = next
                }
                let memory = CrashReport.residentBytes
                try expect(memory < Self.memoryLimit, "\(memory >> 20) MB of memory")
            }
        }

        /// - Returns: whether its outcome is a new one.
        private mutating func look(at input: [UInt8]) throws -> Bool {
            self.input = input
            count += 1
            CrashReport.remember(input, of: target.name)
            CrashReport.expectProgress()
            return outcomes.insert(try target.parse(input)).inserted
        }
    }
#endif
