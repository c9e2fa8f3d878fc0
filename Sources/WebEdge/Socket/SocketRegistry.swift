import ChatModel
package import NIOCore
import Synchronization

/// Every open socket of a node, by event loop: to send them all away when the node drains.
package final class SocketRegistry: Sendable {
    private let loops: [ObjectIdentifier: LoopSockets]
    private let lastID = Atomic<UInt64>(0)

    /// - `eventLoops`: all on which sockets may live.
    package init(eventLoops: [any EventLoop]) {
        self.loops = .init(
            uniqueKeysWithValues: eventLoops.map { (ObjectIdentifier($0), LoopSockets(eventLoop: $0)) })
    }

    func makeID() -> SocketID {
        SocketID(lastID.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    func sockets(of eventLoop: any EventLoop) -> LoopSockets {
        guard let sockets = loops[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("a socket lives on an event loop that its registry was not made for: \(eventLoop)")
        }
        return sockets
    }

    /// Tells every client when to come back, and closes with 1012. Called on any thread; returns at once, the closing
    /// handshakes take their time.
    package func drain() {
        for loop in loops.values { loop.drain() }
    }
}

/// The open sockets of one event loop.
// Confined to its event loop, except for `drain()`, which hops there.
final class LoopSockets: @unchecked Sendable {
    let flusher: LoopFlusher
    private let eventLoop: any EventLoop
    private var sockets: [SocketID: SocketHandler] = [:]

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.flusher = LoopFlusher(eventLoop: eventLoop)
    }

    func add(_ socket: SocketHandler) { sockets[socket.id] = socket }

    func remove(_ id: SocketID) { sockets[id] = nil }

    func drain() {
        eventLoop.execute {
            for socket in self.sockets.values { socket.drain() }
        }
    }
}
