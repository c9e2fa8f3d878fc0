import Logging
import ServiceLifecycle
import Supervision
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct DynamicSupervisorTests {
    private struct Broken: Error {}

    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let tree = SupervisionTree()
    private let policy = RestartPolicy(forever: Backoff(base: .milliseconds(1), cap: .milliseconds(2)))

    /// Counts its starts, and those of its runs that have ended.
    private final class Worker: Sendable {
        private let counts = Mutex((started: 0, ended: 0))
        var started: Int { counts.withLock { $0.started } }
        var ended: Int { counts.withLock { $0.ended } }

        func run(failing: Int) async throws {
            let number = counts.withLock { counts in
                counts.started += 1
                return counts.started
            }
            defer { counts.withLock { $0.ended += 1 } }
            if number <= failing { throw Broken() }
            try await Task.sleep(for: .seconds(600))
        }
    }

    private func child(_ worker: Worker, failing: Int = 0) -> SupervisedChild {
        SupervisedChild("worker", policy: policy, shutdown: .cancel) { try await worker.run(failing: failing) }
    }

    private func whileRunning(
        _ supervisor: DynamicSupervisor, _ body: () async throws -> Void
    ) async throws {
        let group = ServiceGroup(services: [supervisor], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try? await tasks.waitForAll()
        }
    }

    private func until(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }

    private var groups: [String] {
        tree.snapshot().roots.first { $0.name == "dynamic" }?.children.map(\.name) ?? []
    }

    @Test func groupsComeAndGoAndAreRestartedMeanwhile() async throws {
        let supervisor = DynamicSupervisor("dynamic", tree: tree, logger: quiet)
        let (early, late) = (Worker(), Worker())
        supervisor.add("early", children: [child(early, failing: 2)])
        try await whileRunning(supervisor) {
            try await until { early.started == 3 }
            supervisor.add("late", children: [child(late)])
            try await until { late.started == 1 && Set(groups) == ["early", "late"] }
            let entry = tree.snapshot().roots[0].children.first { $0.name == "early" }
            #expect(entry?.children.first?.restarts == 2)
            supervisor.remove("early")
            try await until { early.ended == 3 && groups == ["late"] }
            #expect(late.ended == 0, "the others go on")
        }
        #expect(late.ended == 1, "they end with their supervisor")
    }

    @Test func aNameCanBeUsedAgain() async throws {
        let supervisor = DynamicSupervisor("dynamic", tree: tree, logger: quiet)
        let workers = (0..<5).map { _ in Worker() }
        try await whileRunning(supervisor) {
            for worker in workers {
                supervisor.add("again", children: [child(worker)])
                try await until { worker.started == 1 }
                supervisor.remove("again")
                try await until { worker.ended == 1 && groups.isEmpty }
            }
        }
    }

    @Test func aGroupThatFailsPermanentlyEndsIt() async throws {
        let supervisor = DynamicSupervisor("dynamic", tree: tree, logger: quiet)
        supervisor.add(
            "broken", children: [SupervisedChild("worker", policy: .never) { throw Broken() }])
        await #expect(throws: SupervisionError.self) { try await supervisor.run() }
    }

    @Test func removingWhatIsNotThereDoesNothing() {
        DynamicSupervisor("dynamic", logger: quiet).remove("nothing")
    }
}
