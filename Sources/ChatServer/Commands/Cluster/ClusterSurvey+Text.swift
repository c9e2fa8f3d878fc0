import Foundation

extension ClusterSurvey {
    /// ```
    /// NODE  STATE    SUSPECTED BY  USERS  MSG/S  LAG     PING    VERSION  UP     ADDRESS
    /// n1 *  alive                  140    32.4   0.3 ms          0.1.0    3h 4m  10.0.0.1:8080
    /// n2 !  suspect  n1, n3        131    31     9 ms    0.5 ms  0.1.0    3h 4m  10.0.0.2:8080
    ///
    /// REDIS          STATE      SLOTS  DELAY   MEMORY  REPLICAS
    /// 10.0.0.7:6379  connected  16384  0.4 ms  12 %    10.0.0.8:6379
    ///
    /// DISAGREE: n2 is suspect according to n1, n3 and alive according to n2
    /// ```
    /// The queried node is marked with a star, a disputed node with an exclamation mark. Redis is shown as that node sees
    /// it.
    var text: String {
        let disputed = Set(dissents.map(\.node))
        let rows = first.nodes.map { member in
            let mark = (member.id == first.own ? " *" : "") + (disputed.contains(member.id) ? " !" : "")
            return [
                member.id + mark, member.state, member.observedBy.joined(separator: ", "),
                member.isLive ? member.users.map(String.init) ?? "" : "",
                member.isLive ? Self.few(member.messagesPerSecond) : "",
                member.isLive ? Self.milliseconds(member.lagMs) : "",
                member.isLive ? Self.milliseconds(member.rttMs) : "", member.version,
                member.isLive ? member.uptimeS.map(PlainDuration.text(seconds:)) ?? "" : "", member.addr,
            ].map(LogText.escaped)
        }
        return ([TextTable.text([Self.columns] + rows), ""] + redis + verdict.map(LogText.escaped))
            .joined(separator: "\n")
    }

    /// Empty without Redis.
    private var redis: [String] {
        guard let shards = first.servers?.shards, !shards.isEmpty else { return [] }
        let rows = shards.map { shard in
            [
                shard.primary, shard.trouble == nil ? "connected" : "away", shard.slots.map(String.init) ?? "all",
                Self.milliseconds(shard.p99Ms),
                shard.memory.flatMap { $0 > 0 ? Self.percent($0) : nil } ?? "",
                shard.replicas.map(Self.text).joined(separator: ", "),
            ].map(LogText.escaped)
        }
        let troubles = shards.compactMap { shard in shard.trouble.map { "\(shard.primary) is away: \($0)" } }
        let columns = ["REDIS", "STATE", "SLOTS", "DELAY", "MEMORY", "REPLICAS"]
        return [TextTable.text([columns] + rows), ""] + troubles.map(LogText.escaped)
    }

    /// As text: another node's number may not fit an integer.
    private static func percent(_ fraction: Double) -> String { String(format: "%.0f %%", fraction * 100) }

    private static func text(_ replica: ClusterView.Replica) -> String {
        guard replica.online else { return "\(replica.addr) (not online)" }
        return replica.lagBytes < 1_048_576
            ? replica.addr : "\(replica.addr) (\(replica.lagBytes / 1_048_576) MiB behind)"
    }

    private static let columns = [
        "NODE", "STATE", "SUSPECTED BY", "USERS", "MSG/S", "LAG", "PING", "VERSION", "UP", "ADDRESS",
    ]

    private var verdict: [String] {
        var lines = silent.map { "\($0.node) does not answer: \($0.reason)" }
        lines += views.compactMap { view in view.trouble.map { "\(view.own) cannot accept messages: \($0)" } }
        lines += degraded.map { "\($0.nodes.joined(separator: ", ")) degraded: \($0.reason)" }
        for dissent in dissents {
            let opinions = dissent.opinions.map { "\($0.state) according to \($0.by.joined(separator: ", "))" }
            lines.append("DISAGREE: \(dissent.node) is \(opinions.joined(separator: " and "))")
        }
        if dissents.isEmpty, hashes.count > 1 {
            let views = hashes.sorted { $0.key < $1.key }.map { "\($0) on \($1.joined(separator: ", "))" }
            lines.append("DISAGREE: views differ: \(views.joined(separator: " and "))")
        }
        if isAgreed {
            let answered = views.count
            lines.append(
                answered == 1
                    ? "1 node answered: view \(first.view.hash)" : "\(answered) nodes agree: view \(first.view.hash)")
        }
        return lines
    }

    /// Each problem once, in the order of the nodes that have it.
    private var degraded: [(reason: String, nodes: [String])] {
        var found: [(reason: String, nodes: [String])] = []
        for view in views {
            for reason in view.degraded ?? [] {
                if let index = found.firstIndex(where: { $0.reason == reason }) {
                    found[index].nodes.append(view.own)
                } else {
                    found.append((reason, [view.own]))
                }
            }
        }
        return found
    }

    private static func milliseconds(_ value: Double?) -> String {
        value == nil ? "" : few(value) + " ms"
    }

    /// Numbers below 10 with one decimal.
    private static func few(_ value: Double?) -> String {
        guard let value else { return "" }
        return value < 10 ? "\((value * 10).rounded() / 10)" : String(format: "%.0f", value)
    }
}
