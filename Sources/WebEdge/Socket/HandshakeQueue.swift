import CoreMetrics
import DequeModule
import NIOCore

/// The accepted handshakes of one event loop, which become sockets a few at a time: when thousands of clients return at
/// once, messages get their turn in between, and what each socket does next (hello, joins, pages) is spread as well.
///
/// Holds at most the sockets that were admitted (`SocketAdmission`).
// Confined to its event loop.
final class HandshakeQueue: @unchecked Sendable {
    /// A handshake with all that follows takes 200 µs. More at a time would delay messages by milliseconds; fewer would
    /// let a busy loop accept too slowly.
    private static let atOnce = 2

    private let eventLoop: any EventLoop
    private let turn: LoopTurn
    private let length: Meter
    private var waiting: Deque<() -> Void> = []

    init(eventLoop: any EventLoop, turn: LoopTurn, metrics: EdgeMetrics) {
        self.eventLoop = eventLoop
        self.turn = turn
        self.length = metrics.waitingHandshakes
    }

    /// - `accept`: called later, in the order of the calls.
    func append(_ accept: @escaping () -> Void) {
        waiting.append(accept)
        length.increment()
        if waiting.count == 1 { eventLoop.execute { self.acceptSome() } }
    }

    private func acceptSome() {
        for accept in waiting.prefix(Self.atOnce) {
            length.decrement()
            accept()
        }
        waiting.removeFirst(min(Self.atOnce, waiting.count))
        if !waiting.isEmpty { turn.next { self.acceptSome() } }
    }
}

/// The queue of each event loop of a node.
struct HandshakeQueues: Sendable {
    private let queues: [ObjectIdentifier: HandshakeQueue]

    init(of group: any EventLoopGroup, turns: LoopTurns, metrics: EdgeMetrics) {
        self.queues = .init(
            uniqueKeysWithValues: group.makeIterator().map {
                (ObjectIdentifier($0), HandshakeQueue(eventLoop: $0, turn: turns.turn(of: $0), metrics: metrics))
            })
    }

    func queue(of eventLoop: any EventLoop) -> HandshakeQueue {
        guard let queue = queues[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("a connection runs on an event loop of another group: \(eventLoop)")
        }
        return queue
    }
}
