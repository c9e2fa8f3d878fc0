/// The due times of all periodic work.
struct Agenda: Sendable {
    static let never = Microseconds.max

    var join = never
    /// The deadline of joining or leaving.
    var phaseEnd = never
    var probe = never
    var gossip = never
    var attributes = never
    var ownAttributes = never
    var exchange = never
    var deadExchange = never
    var sweep = never

    var earliest: Microseconds {
        min(min(join, phaseEnd, probe), min(gossip, attributes, ownAttributes), min(exchange, deadExchange, sweep))
    }

    mutating func postpone(by delay: Microseconds) {
        for item in [
            \Agenda.join, \.phaseEnd, \.probe, \.gossip, \.attributes, \.ownAttributes, \.exchange, \.deadExchange,
            \.sweep,
        ] as [WritableKeyPath<Agenda, Microseconds>] where self[keyPath: item] != Self.never {
            self[keyPath: item] += delay
        }
    }
}
