import Gossip

/// What becomes of a datagram on its way. All of it follows from the seed.
struct SimulatedNetwork {
    struct Weather {
        /// Shares of all datagrams, 0 to 1.
        var loss = 0.0
        var doubled = 0.0
        /// A bit turned over: the seal does not open, so it is as good as lost.
        var damaged = 0.0
        /// Held up for up to `delay`, and so overtaken by others.
        var late = 0.0
        var delay: Microseconds = 300_000
    }

    var weather = Weather()
    /// Of whom nothing reaches whom.
    var cuts: Set<Cut> = []
    private(set) var sent = 0

    struct Cut: Hashable {
        let from: Int
        let to: Int
    }

    /// When it arrives: never, once or twice.
    mutating func travelTimes(from: Int, to: Int, _ random: inout GossipRandom) -> [Microseconds] {
        sent += 1
        if cuts.contains(Cut(from: from, to: to)) { return [] }
        var times: [Microseconds] = []
        for _ in 0..<(happens(weather.doubled, &random) ? 2 : 1) {
            if happens(weather.loss, &random) || happens(weather.damaged, &random) { continue }
            var time = Int64.random(in: 200...2_000, using: &random)
            if happens(weather.late, &random) { time += Int64.random(in: 0...weather.delay, using: &random) }
            times.append(time)
        }
        return times
    }

    private func happens(_ share: Double, _ random: inout GossipRandom) -> Bool {
        share > 0 && Double.random(in: 0..<1, using: &random) < share
    }
}
