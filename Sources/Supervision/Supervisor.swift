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
/// Ends when every child is done. On a graceful shutdown, and when a child escalates, it stops the children in reverse
/// order, one after the other; this is done by the `ServiceGroup` inside. Cancellation ends all of them at once.
/// Supervisors nest: one is a service, and so can be another's child.
package struct Supervisor: Service {
    package let name: String
    private let children: [SupervisedChild]
    private let observe: @Sendable (SupervisionEvent) -> Void
    private let time: SupervisionTime
    private let endingWithin: Duration?
    private let logger: Logger

    /// - `endingWithin`: time limit of a graceful shutdown, after which the remaining children are cancelled.
    /// - `observe`: gets every event, on the child's task; it must not block.
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
                        log("service failed during shutdown", child, error, .warning)
                    }
                    break
                }
                cause = error
            }
            let failed = time.now()
            // It ran long enough to count as recovered.
            if failed - started >= policy.window { _ = outage.ended(now: failed) }
            let decision = child.isBeyondRepair(cause) ? .escalate : policy.failed(now: failed)
            tell(child, .failed(cause: cause, decision: decision))
            switch decision {
            case .restart(let delay):
                let notice = outage.failed(now: failed)
                report(child, cause, child.reportsFailures ? .nothing : notice, delay)
                await sleep(delay)
            case .stop:
                log("service failed too often, giving up", child, cause, .error)
                return
            case .escalate:
                // The nested supervisor has logged it already.
                let level: Logger.Level = cause is SupervisionError ? .debug : .error
                log("service failed permanently, stopping its supervisor", child, cause, level)
                throw SupervisionError(
                    supervisor: name, child: child.name, cause: cause,
                    failures: child.isBeyondRepair(cause) ? 1 : (policy.maximumRestarts ?? 0) + 1,
                    window: policy.window)
            }
        }
        tell(child, .finished)
    }

    /// Rate-limited: a dependency may be down for hours.
    private func report(
        _ child: SupervisedChild, _ cause: any Error, _ notice: OutageReport.Notice, _ delay: Duration
    ) {
        switch notice {
        case .begins:
            log("service failed, restarting", child, cause, .warning, ["delay": "\(delay.plain)"])
        case .continues(let failures, let span):
            log(
                "service keeps failing, restarting", child, cause, .warning,
                ["attempts": "\(failures)", "within": "\(span.plain)"])
        case .nothing:
            log("service failed, restarting", child, cause, .debug, ["delay": "\(delay.plain)"])
        }
    }

    private func runOnce(_ child: SupervisedChild) async throws {
        switch child.shutdown {
        case .graceful: try await child.run()
        case .cancel: try await cancelWhenGracefulShutdown(child.run)
        }
    }

    /// Returns early on shutdown.
    private func sleep(_ delay: Duration) async {
        try? await cancelWhenGracefulShutdown { try await time.sleep(delay) }
    }

    private var isEnding: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

    private func tell(_ child: SupervisedChild, _ kind: SupervisionEvent.Kind) {
        observe(
            SupervisionEvent(
                supervisor: name, child: child.name, isConnection: child.isConnection, at: time.now(), kind: kind))
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

/// A `ServiceGroup` treats a service that returns early as a failure. So a finished child waits to be stopped in its
/// turn, and the last one to finish starts the shutdown.
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
        // Throws when the task is cancelled, which stops all at once.
        try? await gracefulShutdown()
    }
}
