import ServiceLifecycle

/// The first of the edge to hear of the shutdown: empties the node of sockets while HTTP still answers.
struct EdgeDrain: Service {
    let admission: SocketAdmission
    /// Between "not ready" and the first close: a balancer needs a moment to notice.
    let grace: Duration
    /// What the closing handshakes may take.
    let limit: Duration
    let closeSockets: @Sendable () async throws -> Void

    func run() async throws {
        try await gracefulShutdown()
        admission.startDraining()
        if admission.openSockets > 0 { try await Task.sleep(for: grace) }
        try await closeSockets()
        let deadline = ContinuousClock.now + limit
        while admission.openSockets > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
