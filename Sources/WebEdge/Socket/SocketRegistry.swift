import ChatModel
package import NIOCore
import Synchronization

/// Every open socket of a node, by event loop: to send them away when the node drains.
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

    /// Tells everybody whether messages can be taken.
    package func tellStatus(writable: Bool) {
        for loop in loops.values { loop.tellStatus(writable: writable) }
    }

    /// Tells clients when to come back, and closes with 1012; the closing handshakes take their time, `patience` at most.
    /// - Returns: how many were told; fewer than `limit` when no more are open.
    package func drain(atMost limit: Int, patience: TimeAmount) async -> Int {
        var told = 0
        // In an order that varies: a few at a time must not burden the same event loop again and again.
        for loop in loops.values.shuffled() where told < limit {
            told += await loop.drain(atMost: limit - told, patience: patience)
        }
        return told
    }
}

/// The open sockets of one event loop.
// Confined to its event loop, except for `drain` and `tellStatus`, which hop there.
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

    func tellStatus(writable: Bool) {
        eventLoop.execute {
            // Whoever is closed for it, having read too slowly, leaves the dictionary.
            for socket in Array(self.sockets.values) { socket.tellStatus(writable: writable) }
        }
    }

    /// Whoever was told is forgotten here. Which come first is chance, as everything in a dictionary's order.
    func drain(atMost limit: Int, patience: TimeAmount) async -> Int {
        let told = eventLoop.submit {
            var told = 0
            while told < limit, let (_, socket) = self.sockets.popFirst() {
                if socket.drain(patience: patience) { told += 1 }
            }
            return told
        }
        // Fails only when the event loop has ended, and its sockets with it.
        return (try? await told.get()) ?? 0
    }
}
