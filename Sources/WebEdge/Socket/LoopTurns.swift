package import NIOCore

/// Work of one event loop that can wait: each turn of the loop does some of it, and then looks at its sockets.
///
/// NIO runs whatever is due, and what that makes due, before it looks at its sockets again. So a turn begins with a
/// timer, which is set when the previous turn has ended, and there is one for all work: two would keep each other due.
// Confined to its event loop.
final class LoopTurn: @unchecked Sendable {
    private static let pause = TimeAmount.microseconds(100)

    private let eventLoop: any EventLoop
    private var waiting: [() -> Void] = []
    private var isRunning = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// - `work`: called once. For more than one turn, it calls this again.
    func next(_ work: @escaping () -> Void) {
        waiting.append(work)
        if waiting.count == 1, !isRunning { begin() }
    }

    private func begin() {
        eventLoop.scheduleTask(in: Self.pause) { self.run() }
    }

    private func run() {
        isRunning = true
        let works = waiting
        waiting = []
        for work in works { work() }
        isRunning = false
        if !waiting.isEmpty { begin() }
    }
}

/// The turns of each event loop of a node. Made by the node, for all that have work that can wait.
package struct LoopTurns: Sendable {
    private let turns: [ObjectIdentifier: LoopTurn]

    /// - `group`: of all event loops that sockets may run on.
    package init(of group: any EventLoopGroup) {
        self.turns = .init(
            uniqueKeysWithValues: group.makeIterator().map { (ObjectIdentifier($0), LoopTurn(eventLoop: $0)) })
    }

    func turn(of eventLoop: any EventLoop) -> LoopTurn {
        guard let turn = turns[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("an event loop of another group: \(eventLoop)")
        }
        return turn
    }
}
