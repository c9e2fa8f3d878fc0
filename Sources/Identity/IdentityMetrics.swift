package import CoreMetrics
package import Operations

/// Counts verifications of tokens by outcome, and fetches of the key set.
package struct IdentityMetrics: Sendable {
    private static let accepted = "accepted"

    private let acceptances: Counter
    private let refusals: [TokenError.Code: Counter]
    private let fetches: Counter
    private let failedFetches: Counter
    private let keys: Gauge

    package init(factory: any MetricsFactory) {
        func verifications(_ outcome: String) -> Counter {
            Counter(
                label: "webchat_identity_verifications_total", dimensions: [("outcome", outcome)], factory: factory)
        }
        func fetches(_ status: String) -> Counter {
            Counter(label: "webchat_identity_fetches_total", dimensions: [("status", status)], factory: factory)
        }
        acceptances = verifications(Self.accepted)
        refusals = Dictionary(uniqueKeysWithValues: TokenError.Code.allCases.map { ($0, verifications($0.rawValue)) })
        self.fetches = fetches("success")
        failedFetches = fetches("error")
        keys = Gauge(label: "webchat_identity_keys", factory: factory)
    }

    func verified() { acceptances.increment() }
    func refused(_ code: TokenError.Code) { refusals[code]?.increment() }
    func fetched(keys count: Int) {
        fetches.increment()
        keys.record(count)
    }
    func fetchFailed() { failedFetches.increment() }

    package static let descriptions = [
        MetricDescription(
            "webchat_identity_verifications_total", .counter, help: "Tokens of signed-in users by outcome.",
            labels: [.init("outcome", [accepted] + TokenError.Code.allCases.map(\.rawValue))]),
        MetricDescription(
            "webchat_identity_fetches_total", .counter, help: "Fetches of the token issuer's key set.",
            labels: [.init("status", ["success", "error"])]),
        MetricDescription(
            "webchat_identity_keys", .gauge,
            help: "Keys of the token issuer that can be used; 0 before the first fetch, and with a shared secret."),
    ]
}
