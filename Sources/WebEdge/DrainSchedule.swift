/// How fast a draining node closes its sockets: slowly and evenly, to spread the load on the nodes they reconnect to.
///
/// ```
///  SIGTERM ─ grace ─┬─ closing, a slice every 100 ms ──┬─ last closing handshakes ─┬─ listeners, leaving ─ exit
///  not ready        0                            lastGoodbye                      end                  remaining
/// ```
///
/// Pure. Times count from the first close.
struct DrainSchedule: Hashable {
    /// A twentieth of the sockets per second: 20 seconds for a node of any size.
    static let shareASecond = 0.05
    /// With fewer than a hundred sockets a twentieth would be needlessly slow: five handshakes a second cost nothing.
    static let leastASecond = 5.0
    /// Sockets are closed in slices instead of once a second, to avoid bursts on the other nodes.
    static let slice = Duration.milliseconds(100)
    /// Reserved at the end for the node to deregister from Redis.
    static let leaving = Duration.milliseconds(500)
    /// Reserved before that for the listeners to close after the last socket. An upper bound.
    private static let listeners = Duration.milliseconds(500)
    /// For the last closing handshakes and for leaving.
    private static let tail = Duration.seconds(2)

    let sockets: Int
    let perSecond: Double
    /// When the last close is sent.
    let lastGoodbye: Duration
    /// Sockets that have not finished the handshake by then are cut off.
    let end: Duration

    /// - `remaining`: until the process should exit. If it is short, all stages shrink and the slices grow.
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

    /// Too little time for the usual pace.
    var isHurried: Bool {
        perSecond > max(Double(sockets) * Self.shareASecond, Self.leastASecond) * 1.01
    }

    /// How long a socket closed now has to finish its handshake: slightly longer than `end`, so that late ones are
    /// counted.
    func patience(after elapsed: Duration) -> Duration {
        max(.zero, end - elapsed) + Self.slice / 2
    }

    /// How many sockets should be closed by now, including the slice that starts now.
    func due(after elapsed: Duration) -> Int {
        guard elapsed + Self.slice < lastGoodbye else { return sockets }
        return min(sockets, Int((perSecond * ((elapsed + Self.slice) / .seconds(1))).rounded(.up)))
    }
}
