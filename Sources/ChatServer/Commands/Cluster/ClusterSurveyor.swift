import NIOCore
import Operations

/// Asks a node for its view of the cluster, then every other node in that view.
struct ClusterSurveyor {
    /// Don't wait longer for a node that may be hung.
    private static let patience = TimeAmount.seconds(2)
    /// Maximum number of concurrent requests.
    private static let atOnce = 64

    /// The URL to ask first, and the last known addresses to fall back to.
    private let url: String
    private var known: [String] = []

    init(url: String) {
        self.url = url
    }

    /// - Throws: if no node responds.
    mutating func ask() async throws -> ClusterSurvey {
        let first = try await askAny()
        let others = first.nodes.filter { $0.isLive && $0.id != first.own }
        let scheme = url.hasPrefix("https:") ? "https" : "http"
        let questions = others.map { ($0.id, Self.url(scheme, $0.addr)) }
        let own = first.nodes.first { $0.id == first.own }?.addr ?? ""
        known = ([Self.url(scheme, own)] + questions.map(\.1)).compactMap(\.self)

        var answers: [String: Result<ClusterView, NodeRequest.Failure>] = [:]
        await withTaskGroup(of: (String, Result<ClusterView, NodeRequest.Failure>).self) { group in
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

    /// - `address`: from the node's card.
    private static func url(_ scheme: String, _ address: String) -> String? {
        (try? HostPort(address)).map { "\(scheme)://\($0.inURL)" }
    }

    private func askAny() async throws -> ClusterView {
        do {
            return try await NodeRequest.cluster(ClusterView.self, of: url, timeout: Self.patience)
        } catch {
            for url in known {
                if case .success(let view) = await Self.ask(url) { return view }
            }
            throw error
        }
    }

    private static func ask(_ url: String?) async -> Result<ClusterView, NodeRequest.Failure> {
        guard let url else { return .failure(.init(description: "its address is not known yet")) }
        do {
            return .success(try await NodeRequest.cluster(ClusterView.self, of: url, timeout: patience))
        } catch {
            return .failure(error as? NodeRequest.Failure ?? .init(description: "\(error)"))
        }
    }
}
