import ChatModel
import Operations

/// What has happened to the servers behind the relay, primaries and replicas: which one left, returned or took over.
///
/// Pure: `RelayWatch` says what the node sees, and when.
struct RelayServers {
    struct Event: Hashable, Sendable {
        enum Change: String, Sendable { case away, back, promoted }

        /// Milliseconds since 1970.
        let at: Int64
        /// The address of the server.
        let server: String
        let change: Change
    }

    private struct Server {
        var isBack = true
        /// Since when it has not worked, while `isBack`.
        var missingSince: ContinuousClock.Instant?
    }

    /// Of events, and of servers that are remembered while nobody names them.
    static let remembered = 20

    /// Oldest first.
    private(set) var events: [Event] = []
    /// By address; only those that have worked once: how a server is called before is a matter of configuration.
    private var servers: [String: Server] = [:]
    private var failoverAge: Duration?

    /// - `patience`: shorter absences are no events.
    mutating func look(_ topology: RelayTopology, now: ContinuousClock.Instant, at: Int64, patience: Duration) {
        if let failover = topology.failover {
            // A younger one is another one.
            if failoverAge.map({ failover.age < $0 }) ?? true {
                note(Event(at: at, server: failover.primary.description, change: .promoted))
            }
            failoverAge = failover.age
        }
        let working = topology.workingServers
        for server in working.sorted() {
            if servers[server]?.isBack == false { note(Event(at: at, server: server, change: .back)) }
            servers[server] = Server()
        }
        // Which replicas a primary has, only the primary says.
        let isSure = topology.shards.allSatisfy { $0.trouble == nil }
        let named = Set(topology.shards.map(\.address))
        for (address, var server) in servers.sorted(by: { $0.key < $1.key })
        where server.isBack && !working.contains(address) && (isSure || named.contains(address)) {
            let since = server.missingSince ?? now
            server.missingSince = since
            if now - since >= patience {
                server.isBack = false
                note(Event(at: at, server: address, change: .away))
            }
            servers[address] = server
        }
        forget(besides: working)
    }

    private mutating func note(_ event: Event) {
        events = events.suffix(Self.remembered - 1) + [event]
    }

    /// Addresses come and go where containers are replaced.
    private mutating func forget(besides working: Set<String>) {
        let away = servers.keys.filter { !working.contains($0) }
        for address in away.sorted().prefix(max(0, away.count - Self.remembered)) { servers[address] = nil }
    }
}

extension RelayTopology {
    fileprivate var workingServers: Set<String> {
        let primaries = shards.filter { $0.trouble == nil }.map(\.address)
        let replicas = shards.flatMap(\.replicas).filter(\.isOnline).map(\.address.description)
        return Set(primaries + replicas)
    }
}
