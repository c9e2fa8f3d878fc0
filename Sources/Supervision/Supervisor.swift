package import Logging
import ServiceLifecycle
import Synchronization

/// Keeps its children running, each by its own `RestartPolicy` (OTP's `one_for_one`).
///
/// ```
///     run() ─ starts in order ─▶ child ─ throws ─▶ policy ─┬▶ restart: after a delay, the child again
///                                                          ├▶ stop: the others go on
///                                                          └▶ escalate: run() throws SupervisionError
/// ```
///
/// It ends when every child is done. On a graceful shutdown, and when a child escalates, the children are stopped in
/// reverse order, each after the one before has ended; that is the work of the `ServiceGroup` inside. Cancellation
/// ends all of them at once. Supervisors nest: one is a service, and so may be another's child.
package struct Supervisor: Service {
    package let name: String
    private let children: [SupervisedChild]
    private let observe: @Sendable (SupervisionEvent) -> Void
    private let time: SupervisionTime
    private let endingWithin: Duration?
    private let logger: Logger

    /// - `endingWithin`: how long a graceful shutdown may take; then the children that are left are cancelled.
    /// - `observe`: hears every event, on the child's task; it must not block.
    package init(
        _ name: String, children: [SupervisedChild], tree: SupervisionTree? = nil, time: SupervisionTime = .system,
        endingWithin: Duration? = nil, logger: Logger, observe: (@Sendable (SupervisionEvent) -> Void)? = nil
    ) {
        self.name = name
        self.children = children
        self.time = time
        self.endingWithin = endingWithin
        self.logger = logger
        self.observe = { event in
            tree?.record(event)
            observe?(event)
        }
    }

    package func run() async throws {
        let unfinished = UnfinishedChildren(count: children.count)
        var configuration = ServiceGroupConfiguration(
            services: children.map { child in
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: ChildService {
                        try await keepRunning(child)
                        await unfinished.finishOne()
                    },
                    failureTerminationBehavior: .gracefullyShutdownGroup,
                    serviceName: child.name)
            },
            logger: logger)
        configuration.maximumGracefulShutdownDuration = endingWithin
        let group = ServiceGroup(configuration: configuration)
        unfinished.group.withLock { $0 = group }
        try await group.run()
    }

    private func keepRunning(_ child: SupervisedChild) async throws {
        var policy = child.policy
        var outage = OutageReport()
        while !isEnding {
            let started = time.now()
            tell(child, .started)
            let cause: any Error
            do {
                try await runOnce(child)
                if child.lifetime == .transient || isEnding { break }
                cause = ChildReturned()
            } catch {
                if isEnding {
                    if !(error is CancellationError) {
                        log("service failed while it was ending", child, error, .warning)
                    }
                    break
                }
                cause = error
            }
            let failed = time.now()
            // What has run that long had been mended.
            if failed - started >= policy.window { _ = outage.ended(now: failed) }
            let decision = child.isBeyondRepair(cause) ? .escalate : policy.failed(now: failed)
            tell(child, .failed(cause: cause, decision: decision))
            switch decision {
            case .restart(let delay):
                let telling = outage.failed(now: failed)
                report(child, cause, child.tellsOfFailures ? .nothing : telling, delay)
                await sleep(delay)
            case .stop:
                log("service failed too often and is given up", child, cause, .error)
                return
            case .escalate:
                // A supervisor below has said so already.
                let level: Logger.Level = cause is SupervisionError ? .debug : .error
                log("service failed for good, and its supervisor with it", child, cause, level)
                throw SupervisionError(
                    supervisor: name, child: child.name, cause: cause,
                    failures: child.isBeyondRepair(cause) ? 1 : (policy.maximumRestarts ?? 0) + 1,
                    window: policy.window)
            }
        }
        tell(child, .finished)
    }

    /// What a service needs may be away for hours.
    private func report(
        _ child: SupervisedChild, _ cause: any Error, _ telling: OutageReport.Telling, _ delay: Duration
    ) {
        switch telling {
        case .begins:
            log("service failed and is started again", child, cause, .warning, ["delay": "\(delay.plain)"])
        case .goesOn(let failures, let span):
            log(
                "service still fails, and is started again each time", child, cause, .warning,
                ["attempts": "\(failures)", "within": "\(span.plain)"])
        case .nothing:
            log("service failed and is started again", child, cause, .debug, ["delay": "\(delay.plain)"])
        }
    }

    private func runOnce(_ child: SupervisedChild) async throws {
        switch child.shutdown {
        case .graceful: try await child.run()
        case .cancel: try await cancelWhenGracefulShutdown(child.run)
        }
    }

    /// Returns early when it is time to end.
    private func sleep(_ delay: Duration) async {
        try? await cancelWhenGracefulShutdown { try await time.sleep(delay) }
    }

    private var isEnding: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

    private func tell(_ child: SupervisedChild, _ kind: SupervisionEvent.Kind) {
        observe(SupervisionEvent(supervisor: name, child: child.name, at: time.now(), kind: kind))
    }

    private func log(
        _ message: Logger.Message, _ child: SupervisedChild, _ error: any Error, _ level: Logger.Level,
        _ more: Logger.Metadata = [:]
    ) {
        let metadata: Logger.Metadata = ["service": "\(name)/\(child.name)", "error": "\(error)"]
        logger.log(level: level, message, metadata: metadata.merging(more) { $1 })
    }
}

private struct ChildService: Service {
    let body: @Sendable () async throws -> Void
    func run() async throws { try await body() }
}

/// A `ServiceGroup` takes a service that returns out of turn for a mistake. So a child that is done waits for its turn
/// to be stopped, and the last one that gets done begins the stopping.
private final class UnfinishedChildren: Sendable {
    let group = Mutex<ServiceGroup?>(nil)
    private let count: Mutex<Int>

    init(count: Int) {
        self.count = Mutex(count)
    }

    func finishOne() async {
        let left = count.withLock { count in
            count -= 1
            return count
        }
        if left == 0 { await group.withLock { $0 }?.triggerGracefulShutdown() }
        // Throws when the task is cancelled: then it is everybody's turn.
        try? await gracefulShutdown()
    }
}
