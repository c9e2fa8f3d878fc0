/// Whether a part of the node can do its work: `/readyz` asks all of them and prints the reasons.
package protocol ReadinessCheck: Sendable {
    /// `nil`: ready. Otherwise one sentence: what is wrong, and what to do.
    var unreadyReason: String? { get }
    /// What is not whole although the node serves, likewise.
    var degradedReason: String? { get }
}

extension ReadinessCheck {
    package var degradedReason: String? { nil }
}
