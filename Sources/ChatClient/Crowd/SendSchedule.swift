/// Which client sends to which room, and when: an even rate for all clients together. Every client has one turn per
/// round, in random order, so that none exceeds its share by chance.
///
/// Pure: `next` returns one turn after another, with its time since the start.
package struct SendSchedule: Sendable {
    package struct Turn: Hashable, Sendable {
        package let due: Duration
        package let client: Int
        package let room: Int
    }

    private let perSecond: Double
    private let rooms: Int
    private var order: [Int]
    private var generator: SplitMix64
    private var turns = 0

    package init(clients: Int, rooms: Int, perSecond: Double, seed: UInt64) {
        precondition(clients > 0 && rooms > 0 && perSecond > 0, "clients, rooms and rate must be positive")
        self.perSecond = perSecond
        self.rooms = rooms
        self.order = Array(0..<clients)
        self.generator = SplitMix64(seed: seed)
    }

    package mutating func next() -> Turn {
        let place = turns % order.count
        if place == 0 { order.shuffle(using: &generator) }
        let due = Duration.seconds(Double(turns) / perSecond)
        turns += 1
        return Turn(due: due, client: order[place], room: Int.random(in: 0..<rooms, using: &generator))
    }

    /// The total rate allowed when each user may send `perUser` messages per second (0: unlimited), with headroom
    /// because servers also count resent messages.
    package static func allowed(asked: Double, clients: Int, perUser: Int) -> Double {
        guard perUser > 0 else { return asked }
        let most = Double(clients) * Double(perUser)
        return asked <= most * 0.8 ? asked : most * 0.8
    }
}
