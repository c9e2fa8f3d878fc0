import InMemoryLogging
import Logging
import ServiceLifecycle
import Supervision
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct SupervisorTests {
    private struct Broken: Error {}

    private let journal = Journal()
    private let tree = SupervisionTree()

    private func supervisor(_ children: [SupervisedChild]) -> Supervisor {
        Supervisor(
            "test", children: children, tree: tree, time: journal.time, logger: quiet,
            observe: { [journal] in journal.note($0) })
    }

    /// Runs `service` in a group of its own until `body` is through, and then shuts it down gracefully.
    private func whileRunning(_ service: any Service, _ body: (ServiceGroup) async throws -> Void) async throws {
        let group = ServiceGroup(services: [service], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private let policy = RestartPolicy(
        RestartIntensity(2, in: .seconds(60)), backoff: Backoff(base: .seconds(1), cap: .seconds(10)), then: .escalate)

    @Test func aFailingChildIsRestartedAndThenEscalates() async {
        let error = await #expect(throws: SupervisionError.self) {
            try await supervisor([SupervisedChild("child", policy: policy) { throw Broken() }]).run()
        }
        #expect(error?.child == "child")
        #expect(error?.supervisor == "test")
        #expect(error?.cause is Broken)
        #expect(error.map { "\($0)" } == "giving up: test/child failed 3 times within 1 min: Broken()")
        #expect(
            journal.lines == [
                "started child", "failed child", "sleep", "started child", "failed child", "sleep", "started child",
                "escalated child",
            ])
        #expect(tree.snapshot().roots[0].children[0].restarts == 2)
        #expect(tree.snapshot().roots[0].children[0].state == .givenUp)
    }

    @Test func anUnrecoverableErrorIsNotRetriedUnderAnyPolicy() async {
        struct Taken: Error {}
        let tries = Mutex(0)
        let child = SupervisedChild(
            "a", policy: RestartPolicy(forever: Backoff(base: .milliseconds(1), cap: .milliseconds(1))),
            isBeyondRepair: { $0 is Taken }
        ) {
            let count = tries.withLock { tries in
                tries += 1
                return tries
            }
            if count == 3 { throw Taken() } else { throw Broken() }
        }
        let error = await #expect(throws: SupervisionError.self) { try await supervisor([child]).run() }
        #expect(error?.cause is Taken)
        #expect(error?.failures == 1)
        #expect(tries.withLock { $0 } == 3)
    }

    @Test(arguments: [(false, Logger.Level.warning), (true, .debug)])
    func consecutiveFailuresAreOneWarningUnlessTheChildReportsThem(tellsItself: Bool, first: Logger.Level) async {
        let handler = InMemoryLogHandler()
        let logger = Logger(label: "test") { _ in
            var handler = handler
            handler.logLevel = .trace
            return handler
        }
        let child = SupervisedChild("child", policy: policy, tellsOfFailures: tellsItself) { throw Broken() }
        await #expect(throws: SupervisionError.self) {
            try await Supervisor("test", children: [child], time: journal.time, logger: logger).run()
        }
        let lines = handler.entries.filter { $0.metadata["service"] == "test/child" }
        #expect(lines.map(\.level) == [first, .debug, .error])
        let delay = lines.first?.metadata["delay"].map { "\($0)" } ?? ""
        #expect(delay.hasSuffix(" ms") || delay == "1 s", "a random wait of at most a second, for people: \(delay)")
    }

    @Test func anEscalationStopsTheOtherChildren() async {
        await #expect(throws: SupervisionError.self) {
            try await supervisor([
                SupervisedChild("steady", policy: policy) { try await gracefulShutdown() },
                SupervisedChild("broken", policy: policy) { throw Broken() },
            ]).run()
        }
        #expect(journal.lines.last == "finished steady")
    }

    @Test func aStoppedChildLeavesTheOthersRunning() async throws {
        let stopped = RestartPolicy(RestartIntensity(0, in: .seconds(1)), then: .stop)
        try await whileRunning(
            supervisor([
                SupervisedChild("steady", policy: policy) { try await gracefulShutdown() },
                SupervisedChild("broken", policy: stopped) { throw Broken() },
            ])
        ) { _ in try await journal.wait(for: "stopped broken", "started steady") }
        #expect(journal.lines.last == "finished steady")
    }

    @Test func theSupervisorEndsWhenItsLastTransientChildReturns() async throws {
        try await supervisor([
            SupervisedChild("one", policy: policy, lifetime: .transient) {},
            SupervisedChild("two", policy: policy, lifetime: .transient) {},
        ]).run()
        #expect(journal.lines.sorted() == ["finished one", "finished two", "started one", "started two"])
    }

    @Test func aPermanentChildThatReturnsHasFailed() async {
        let error = await #expect(throws: SupervisionError.self) {
            try await supervisor([SupervisedChild("child", policy: policy) {}]).run()
        }
        #expect(error?.cause is ChildReturned)
    }

    @Test func childrenAreStoppedInReverseOrder() async throws {
        let names = ["one", "two", "three"]
        try await whileRunning(
            supervisor(names.map { name in SupervisedChild(name, policy: policy) { try await gracefulShutdown() } })
        ) { _ in try await journal.wait(for: "started one", "started two", "started three") }
        #expect(journal.lines.suffix(3) == ["finished three", "finished two", "finished one"])
    }

    @Test func aChildThatEndedEarlyDoesNotDisturbTheShutdown() async throws {
        try await whileRunning(
            supervisor([
                SupervisedChild("early", policy: policy, lifetime: .transient) {},
                SupervisedChild("steady", policy: policy) { try await gracefulShutdown() },
            ])
        ) { _ in try await journal.wait(for: "finished early", "started steady") }
        #expect(journal.lines.last == "finished steady")
    }

    @Test func aChildCanBeStoppedByCancellation() async throws {
        try await whileRunning(
            supervisor([
                SupervisedChild("deaf", policy: policy, shutdown: .cancel) { try await Task.sleep(for: .seconds(600)) }
            ])
        ) { _ in try await journal.wait(for: "started deaf") }
        #expect(journal.lines == ["started deaf", "finished deaf"])
    }

    @Test func shutdownDoesNotWaitForABackoff() async throws {
        let endless = SupervisionTime(now: { .now }, sleep: { _ in try await Task.sleep(for: .seconds(600)) })
        let supervisor = Supervisor(
            "test", children: [SupervisedChild("broken", policy: policy) { throw Broken() }], time: endless,
            logger: quiet, observe: { [journal] in journal.note($0) })
        try await whileRunning(supervisor) { _ in try await journal.wait(for: "failed broken") }
        #expect(journal.lines == ["started broken", "failed broken", "finished broken"])
    }

    @Test func cancellationEndsAllChildren() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let supervisor = supervisor(
                ["one", "two"].map { name in
                    SupervisedChild(name, policy: policy) { try await Task.sleep(for: .seconds(600)) }
                })
            tasks.addTask { try? await supervisor.run() }
            try await journal.wait(for: "started one", "started two")
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        #expect(journal.lines.suffix(2).sorted() == ["finished one", "finished two"])
    }

    @Test func supervisorsNest() async {
        let error = await #expect(throws: SupervisionError.self) {
            let inner = supervisor([SupervisedChild("leaf", policy: .never) { throw Broken() }])
            try await Supervisor(
                "outer", children: [SupervisedChild("inner", policy: policy, service: inner)], time: journal.time,
                logger: quiet
            ).run()
        }
        #expect(error?.supervisor == "outer")
        #expect((error?.cause as? SupervisionError)?.child == "leaf")
        #expect(error.map { "\($0)" } == "giving up: outer/test/leaf failed: Broken()")
        #expect(journal.lines.count(where: { $0 == "started leaf" }) == 3)
    }
}

/// Writes down what a supervisor says and does; its time stands still, and its sleep returns at once.
private final class Journal: Sendable {
    private let entries = Mutex<[String]>([])
    private let start = ContinuousClock.now

    var lines: [String] { entries.withLock { $0 } }

    var time: SupervisionTime {
        SupervisionTime(now: { [start] in start }, sleep: { [self] _ in entries.withLock { $0.append("sleep") } })
    }

    func note(_ event: SupervisionEvent) {
        let verb =
            switch event.kind {
            case .started: "started"
            case .finished: "finished"
            case .failed(_, .restart): "failed"
            case .failed(_, .stop): "stopped"
            case .failed(_, .escalate): "escalated"
            }
        entries.withLock { $0.append("\(verb) \(event.child)") }
    }

    struct Missing: Error { let lines: [String] }

    func wait(for wanted: String...) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !Set(wanted).isSubset(of: lines) {
            guard .now < deadline else { throw Missing(lines: lines) }
            await Task.yield()
        }
    }
}

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
