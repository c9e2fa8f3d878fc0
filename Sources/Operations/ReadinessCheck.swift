/// Whether a part of the node is ready: `/readyz` asks all parts and prints their reasons.
package protocol ReadinessCheck: Sendable {
    /// `nil`: ready. Otherwise one sentence: what is wrong and what to do.
    var unreadyReason: String? { get }
    /// Likewise for a problem that does not stop the node.
    var degradedReason: String? { get }
}

extension ReadinessCheck {
    package var degradedReason: String? { nil }
}
