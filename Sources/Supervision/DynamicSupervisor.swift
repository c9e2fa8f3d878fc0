package import Logging
import ServiceLifecycle
import Synchronization

/// Runs groups of children that come and go while it runs (OTP's `DynamicSupervisor`): each under a `Supervisor` of its
/// own, which restarts them.
///
/// Ends with all of them, by cancellation, when it is asked to stop, or when a group has failed permanently. May be used
/// from any thread.
package final class DynamicSupervisor: Service {
    private struct Group: Sendable {
        let supervisor: Supervisor
        /// Finished once the group is removed.
        let removal: AsyncStream<Never>
        let remove: AsyncStream<Never>.Continuation
    }

    private struct State {
        var groups: [String: Group] = [:]
        /// Where new groups are started; `nil`: not running.
        var starter: AsyncStream<Group>.Continuation?
    }

    /// More groups cannot be waiting for their start.
    private static let mostStarting = 4_096

    package let name: String
    private let tree: SupervisionTree?
    private let observe: (@Sendable (SupervisionEvent) -> Void)?
    private let logger: Logger
    private let state = Mutex(State())

    /// - `observe`: gets every event of the groups, as a `Supervisor`'s does.
    package init(
        _ name: String, tree: SupervisionTree? = nil, logger: Logger,
        observe: (@Sendable (SupervisionEvent) -> Void)? = nil
    ) {
        self.name = name
        self.tree = tree
        self.observe = observe
        self.logger = logger
    }

    /// Starts a group, now or as soon as this runs.
    /// - `name`: not in use.
    package func add(_ name: String, children: [SupervisedChild]) {
        let (removal, remove) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
        let group = Group(
            supervisor: Supervisor(name, children: children, tree: tree, logger: logger, observe: observe),
            removal: removal, remove: remove)
        state.withLock { state in
            precondition(state.groups[name] == nil, "the group \(name) is already running")
            state.groups[name] = group
            state.starter?.yield(group)
        }
    }

    /// Stops a group: its children are cancelled.
    package func remove(_ name: String) {
        state.withLock { $0.groups.removeValue(forKey: name) }?.remove.finish()
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.runGroups() }
    }

    private func runGroups() async throws {
        let (starts, starter) = AsyncStream.makeStream(
            of: Group.self, bufferingPolicy: .bufferingOldest(Self.mostStarting))
        state.withLock { state in
            state.starter = starter
            for group in state.groups.values { starter.yield(group) }
        }
        defer { state.withLock { $0.starter = nil } }
        try await withThrowingDiscardingTaskGroup { tasks in
            for await group in starts {
                tasks.addTask {
                    do {
                        try await self.run(group)
                    } catch {
                        // Ends this loop, which otherwise waits for groups that may never come.
                        starter.finish()
                        throw error
                    }
                }
            }
        }
    }

    private func run(_ group: Group) async throws {
        record(group, .started)
        defer { tree?.forget(group.supervisor.name, of: name) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.supervisor.run() }
            tasks.addTask { for await _ in group.removal {} }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    private func record(_ group: Group, _ kind: SupervisionEvent.Kind) {
        tree?.record(SupervisionEvent(supervisor: name, child: group.supervisor.name, at: .now, kind: kind))
    }
}
