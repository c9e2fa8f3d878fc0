/// Who says something where, and when: an even rate for all clients together. In each round every client has one turn,
/// in an order of its own, so that nobody exceeds its share by chance.
///
/// Pure: `next` gives one turn after the other, with its time since the beginning.
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
        precondition(clients > 0 && rooms > 0 && perSecond > 0, "nobody to send, nowhere, or never")
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

    /// How much may be said a second, when a user may say `perUser` (0: as much as they like) and the servers count
    /// what is sent again, too.
    package static func allowed(asked: Double, clients: Int, perUser: Int) -> Double {
        guard perUser > 0 else { return asked }
        let most = Double(clients) * Double(perUser)
        return asked <= most * 0.8 ? asked : most * 0.8
    }
}
