import Logging
import NIOCore
import Operations
import ServiceLifecycle

/// The first part of the edge to shut down: closes all sockets while HTTP still responds. `DrainSchedule` sets the
/// pace.
struct EdgeDrain: Service {
    let admission: SocketAdmission
    /// Between "not ready" and the first close: the load balancer needs a moment to notice.
    let grace: Duration
    /// From the shutdown signal to exit.
    let limit: Duration
    let closeSockets: SocketCloser
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        let ordered = ContinuousClock.now
        admission.startDraining()
        guard admission.openSockets > 0 else { return }
        try await Task.sleep(for: min(grace, limit))

        let begin = ContinuousClock.now
        let schedule = DrainSchedule(sockets: admission.openSockets, remaining: limit - (begin - ordered))
        announce(schedule)
        var told = 0
        while true {
            let elapsed = ContinuousClock.now - begin
            let due = schedule.due(after: elapsed) - told
            if due > 0 { told += await closeSockets(due, TimeAmount(schedule.patience(after: elapsed))) }
            guard admission.openSockets > 0, elapsed < schedule.end else { break }
            try await Task.sleep(for: min(DrainSchedule.slice, schedule.end - elapsed))
        }
        let unanswered = admission.openSockets
        // They are being cut off now; event loops must not shut down with sockets on them.
        if unanswered > 0 { try await Task.sleep(for: DrainSchedule.slice) }
        logger.info(
            "drained",
            metadata: [
                LogKey.sockets: "\(told)", LogKey.unanswered: "\(unanswered)",
                LogKey.seconds: "\((ContinuousClock.now - ordered).inSeconds)",
            ])
    }

    private func announce(_ schedule: DrainSchedule) {
        let metadata: Logger.Metadata = [
            LogKey.sockets: "\(schedule.sockets)", LogKey.seconds: "\(schedule.lastGoodbye.inSeconds)",
        ]
        logger.info("draining connections", metadata: metadata)
        if schedule.isHurried {
            logger.warning(
                "DRAIN_SECONDS is too short to close 5 % of the sockets per second: draining faster",
                metadata: metadata)
        }
    }
}

extension Duration {
    /// Rounded to a tenth, for logs.
    fileprivate var inSeconds: Double { (self / .seconds(1) * 10).rounded() / 10 }
}
