import ChatModel
import Foundation
import TestSupport

/// What nodes have told of each other's state, collected over a time in which more may happen than `/cluster` keeps.
struct MembershipWatch: Sendable {
    private var events: [String: Set<ToldCluster.Event>] = [:]

    /// Asks each of them once.
    mutating func look(at nodes: [NodeProcess]) async throws {
        for node in nodes { events[node.name, default: []].formUnion(try await node.cluster().events) }
    }

    /// Asks each of them every second, so long.
    mutating func look(at nodes: [NodeProcess], for time: Duration) async throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            try await look(at: nodes)
            try await Task.sleep(for: .seconds(1))
        }
        try await look(at: nodes)
    }

    /// How often a node was taken for dead: by whoever did so the most often.
    var deaths: Int { count { $0.to == .dead } }
    /// How often a node was suspected.
    var suspicions: Int { count { $0.to == .suspect } }

    private func count(_ isMeant: (ToldCluster.Event) -> Bool) -> Int {
        var most: [String: Int] = [:]
        for told in events.values {
            let counts = Dictionary(grouping: told.filter(isMeant), by: \.id).mapValues(\.count)
            most.merge(counts, uniquingKeysWith: max)
        }
        return most.values.reduce(0, +)
    }

    /// When the last of these nodes noticed that another one had come to that state, after `moment`.
    /// - Returns: `nil` if one of them has not.
    func noticed(_ name: String, to state: ClusterMember.State, by nodes: [NodeProcess], after moment: Date)
        -> Duration?
    {
        let moment = Int64(moment.timeIntervalSince1970 * 1_000)
        var last: Int64 = 0
        for node in nodes {
            let times = events[node.name, default: []].filter { $0.id == name && $0.to == state && $0.at >= moment }
            guard let first = times.map(\.at).min() else { return nil }
            last = max(last, first - moment)
        }
        return .milliseconds(last)
    }
}
