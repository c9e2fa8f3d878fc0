/// What disrupts a crowd next, and when: derived from a seed only, independent of the crowd's state.
package struct ChaosSchedule: Sendable {
    package enum Disturbance: Hashable, Sendable {
        /// A TCP reset.
        case reset(client: Int)
        /// The socket stays open, but nothing reads or answers.
        case halfOpen(client: Int)
        /// Stops reading for that long.
        case slow(client: Int, for: Duration)
        /// Stops reading until the server cuts it off or `ChaosSchedule.longestDeafness` is over.
        case deaf(client: Int)
        case badFrame(BadFrame)
    }

    /// Longer than a server may take to cut off a stalled reader.
    package static let longestDeafness = Duration.seconds(20)
    /// How long a socket stays half-open: longer than the heartbeat, so that the server has to detect it.
    package static let halfOpenFor = Duration.seconds(45)

    private let clients: Int
    private var generator: SplitMix64

    package init(clients: Int, seed: UInt64) {
        self.clients = clients
        self.generator = SplitMix64(seed: seed)
    }

    /// The next disruption, and the pause before it.
    package mutating func next() -> (pause: Duration, disturbance: Disturbance) {
        let pause = Duration.milliseconds(Int64.random(in: 100...600, using: &generator))
        let client = Int.random(in: 0..<clients, using: &generator)
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<8: return (pause, .reset(client: client))
        case 8..<11: return (pause, .halfOpen(client: client))
        case 11..<15:
            let duration = Duration.milliseconds(Int64.random(in: 1_000...5_000, using: &generator))
            return (pause, .slow(client: client, for: duration))
        case 15: return (pause, .deaf(client: client))
        default:
            let kind = Int.random(in: 0..<BadFrame.allCases.count, using: &generator)
            return (pause, .badFrame(BadFrame.allCases[kind]))
        }
    }
}
