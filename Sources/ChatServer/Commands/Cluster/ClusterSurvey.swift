/// How the nodes of a cluster see each other at one moment. Pure; printed by `ClusterSurvey+Text.swift`.
struct ClusterSurvey {
    struct Dissent: Hashable {
        /// The disputed node.
        let node: String
        /// Its state (`alive`, `suspect`, …, or `unknown`) and the nodes that report it, the queried node's view first.
        let opinions: [Opinion]
    }

    struct Opinion: Hashable {
        let state: String
        let by: [String]
    }

    /// The view of the queried node.
    let first: ClusterView
    /// The views of the other nodes it considers live, by name.
    let others: [String: Result<ClusterView, NodeRequest.Failure>]

    /// The first view, then the others that responded, by name.
    var views: [ClusterView] {
        [first] + others.sorted { $0.key < $1.key }.compactMap { try? $0.value.get() }
    }

    /// Nodes that did not respond, with the reason.
    var silent: [(node: String, reason: String)] {
        others.sorted { $0.key < $1.key }.compactMap { node, answer in
            guard case .failure(let failure) = answer else { return nil }
            return (node, failure.description)
        }
    }

    /// Where the views differ. Only nodes that some view considers live: dead ones are forgotten at different times.
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
