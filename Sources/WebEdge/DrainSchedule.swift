/// How fast a node that ends sends its sockets away: evenly and slowly, so that the nodes they go to hardly notice.
///
/// ```
///  SIGTERM ─ grace ─┬─ goodbyes, a slice every 100 ms ─┬─ last closing handshakes ─┬─ listeners, leaving ─ exit
///  not ready        0                            lastGoodbye                      end                  remaining
/// ```
///
/// Pure: times count from the first goodbye.
struct DrainSchedule: Hashable {
    /// A twentieth of the sockets a second: twenty seconds for a node of any size.
    static let shareASecond = 0.05
    /// Below a hundred sockets, a twentieth would make each of few clients wait for no good reason: nobody notices five
    /// handshakes a second.
    static let leastASecond = 5.0
    /// What is due is sent away in slices, not once a second: a burst would be one for the other nodes too.
    static let slice = Duration.milliseconds(100)
    /// What the edge leaves of the time, so that the node can take its contact card out of Redis.
    static let leaving = Duration.milliseconds(500)
    /// Before that, so that the listeners can close behind the last socket: at most this long.
    private static let listeners = Duration.milliseconds(500)
    /// For the last goodbyes to be answered, and for leaving.
    private static let tail = Duration.seconds(2)

    let sockets: Int
    let perSecond: Double
    /// All goodbyes are said by then.
    let lastGoodbye: Duration
    /// Who has not answered by then is cut off.
    let end: Duration

    /// - `remaining`: until the process should have ended. When it is short, all stages shrink, and the slices grow.
    init(sockets: Int, remaining: Duration) {
        let remaining = max(remaining, .zero)
        let tail = min(Self.tail, remaining / 4)
        let available = max(remaining - tail, Self.slice)
        let needed = Double(sockets) / (available / .seconds(1))
        self.sockets = sockets
        self.perSecond = max(Double(sockets) * Self.shareASecond, Self.leastASecond, needed)
        self.lastGoodbye = min(available, .seconds(Double(sockets) / perSecond))
        self.end = max(lastGoodbye, remaining - Self.leaving - min(Self.listeners, tail / 4))
    }

    /// The time is too short for the usual pace.
    var isHurried: Bool {
        perSecond > max(Double(sockets) * Self.shareASecond, Self.leastASecond) * 1.01
    }

    /// How long who is told now has for an answer: a little beyond `end`, so that it can be said how many took too long.
    func patience(after elapsed: Duration) -> Duration {
        max(.zero, end - elapsed) + Self.slice / 2
    }

    /// How many sockets should have been told, the slice that begins now included.
    func due(after elapsed: Duration) -> Int {
        guard elapsed + Self.slice < lastGoodbye else { return sockets }
        return min(sockets, Int((perSecond * ((elapsed + Self.slice) / .seconds(1))).rounded(.up)))
    }
}
