import NIOCore

/// Asks a node for its view of the cluster, and then everybody in it.
struct ClusterSurveyor {
    /// Who has not answered by then is not waited for: it may stand still.
    private static let patience = TimeAmount.seconds(2)
    /// At once; the rest as the first ones answer.
    private static let atOnce = 64

    /// Where to ask first; then, if nobody answers there, where a node was the last time.
    private let url: String
    private var known: [String] = []

    init(url: String) {
        self.url = url
    }

    /// - Throws: when no node answers.
    mutating func ask() async throws -> ClusterSurvey {
        let first = try await askAny()
        let others = first.nodes.filter { $0.isLive && $0.id != first.own }
        let scheme = url.hasPrefix("https:") ? "https" : "http"
        let questions = others.map { ($0.id, $0.addr.isEmpty ? nil : "\(scheme)://\($0.addr)") }
        let own = first.nodes.first { $0.id == first.own }?.addr ?? ""
        known = (own.isEmpty ? [] : ["\(scheme)://\(own)"]) + questions.compactMap(\.1)

        var answers: [String: Result<ClusterView, HTTPGet.Failure>] = [:]
        await withTaskGroup(of: (String, Result<ClusterView, HTTPGet.Failure>).self) { group in
            var rest = questions.makeIterator()
            for _ in 0..<Self.atOnce {
                if let (id, url) = rest.next() { group.addTask { (id, await Self.ask(url)) } }
            }
            for await (id, answer) in group {
                answers[id] = answer
                if let (id, url) = rest.next() { group.addTask { (id, await Self.ask(url)) } }
            }
        }
        return ClusterSurvey(first: first, others: answers)
    }

    private func askAny() async throws -> ClusterView {
        do {
            return try await HTTPGet.cluster(ClusterView.self, of: url, timeout: Self.patience)
        } catch {
            for url in known {
                if case .success(let view) = await Self.ask(url) { return view }
            }
            throw error
        }
    }

    private static func ask(_ url: String?) async -> Result<ClusterView, HTTPGet.Failure> {
        guard let url else { return .failure(.init(description: "its address is not known yet")) }
        do {
            return .success(try await HTTPGet.cluster(ClusterView.self, of: url, timeout: patience))
        } catch {
            return .failure(error as? HTTPGet.Failure ?? .init(description: "\(error)"))
        }
    }
}
