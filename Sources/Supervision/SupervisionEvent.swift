/// What a `Supervisor` tells of its children: for metrics and for the tree.
package struct SupervisionEvent: Sendable {
    package enum Kind: Sendable {
        case started
        /// What the policy decided follows from the cause.
        case failed(cause: any Error, decision: RestartPolicy.Decision)
        /// It returned, as it may, or was told to end.
        case finished
    }

    package let supervisor: String
    package let child: String
    package let at: ContinuousClock.Instant
    package let kind: Kind

    package init(supervisor: String, child: String, at: ContinuousClock.Instant, kind: Kind) {
        self.supervisor = supervisor
        self.child = child
        self.at = at
        self.kind = kind
    }
}
