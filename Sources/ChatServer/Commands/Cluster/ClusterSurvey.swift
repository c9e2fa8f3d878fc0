/// What the nodes of a cluster said of each other at one moment. Pure; as a table: `ClusterSurvey+Text.swift`.
struct ClusterSurvey {
    struct Dissent: Hashable {
        /// About whom.
        let node: String
        /// What it is for whom, the asked node's first: `alive`, `suspect`, …, or `unknown`.
        let opinions: [Opinion]
    }

    struct Opinion: Hashable {
        let state: String
        let by: [String]
    }

    /// Of the node that was asked.
    let first: ClusterView
    /// Of the others that it takes for living, by name.
    let others: [String: Result<ClusterView, HTTPGet.Failure>]

    /// The first, then the others that answered, by name.
    var views: [ClusterView] {
        [first] + others.sorted { $0.key < $1.key }.compactMap { try? $0.value.get() }
    }

    /// Who should have answered, and why it did not.
    var silent: [(node: String, reason: String)] {
        others.sorted { $0.key < $1.key }.compactMap { node, answer in
            guard case .failure(let failure) = answer else { return nil }
            return (node, failure.description)
        }
    }

    /// Where the views differ. Nodes that somebody takes for living only: the dead are forgotten at different times.
    var dissents: [Dissent] {
        let views = views
        let states = views.map { view in
            (view.own, Dictionary(uniqueKeysWithValues: view.nodes.map { ($0.id, ($0.state, $0.isLive)) }))
        }
        let names = Set(states.flatMap { $0.1.filter(\.value.1).keys })
        return names.sorted().compactMap { name in
            var opinions: [(state: String, by: [String])] = []
            for (by, known) in states {
                let state = known[name]?.0 ?? "unknown"
                if let index = opinions.firstIndex(where: { $0.state == state }) {
                    opinions[index].by.append(by)
                } else {
                    opinions.append((state, [by]))
                }
            }
            guard opinions.count > 1 else { return nil }
            return Dissent(node: name, opinions: opinions.map { Opinion(state: $0.state, by: $0.by) })
        }
    }

    var hashes: [String: [String]] {
        Dictionary(grouping: views, by: \.view.hash).mapValues { $0.map(\.own) }
    }

    var isAgreed: Bool { dissents.isEmpty && hashes.count == 1 }
}
