/// What happened to a child of a `Supervisor`: for metrics and the tree.
package struct SupervisionEvent: Sendable {
    package enum Kind: Sendable {
        case started
        case failed(cause: any Error, decision: RestartPolicy.Decision)
        /// It returned, as a transient child may, or was stopped.
        case finished
    }

    package let supervisor: String
    package let child: String
    /// `SupervisedChild.isConnection`.
    package let isConnection: Bool
    package let at: ContinuousClock.Instant
    package let kind: Kind

    package init(
        supervisor: String, child: String, isConnection: Bool = false, at: ContinuousClock.Instant, kind: Kind
    ) {
        self.supervisor = supervisor
        self.child = child
        self.isConnection = isConnection
        self.at = at
        self.kind = kind
    }
}
