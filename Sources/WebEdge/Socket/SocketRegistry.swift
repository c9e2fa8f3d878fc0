import ChatModel
package import NIOCore
import Synchronization

/// Every open socket of a node, by event loop: to close them when the node drains.
package final class SocketRegistry: Sendable {
    private let loops: [ObjectIdentifier: LoopSockets]
    private let lastID = Atomic<UInt64>(0)

    /// - `eventLoops`: all that sockets may run on.
    package init(eventLoops: [any EventLoop], turns: LoopTurns) {
        self.loops = .init(
            uniqueKeysWithValues: eventLoops.map {
                (ObjectIdentifier($0), LoopSockets(eventLoop: $0, turn: turns.turn(of: $0)))
            })
    }

    func makeID() -> SocketID {
        SocketID(lastID.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    func sockets(of eventLoop: any EventLoop) -> LoopSockets {
        guard let sockets = loops[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("a socket runs on an event loop unknown to its registry: \(eventLoop)")
        }
        return sockets
    }

    /// Tells all clients whether messages are accepted.
    package func sendStatus(writable: Bool) {
        for loop in loops.values { loop.sendStatus(writable: writable) }
    }

    /// Tells clients when to reconnect, and closes with 1012; the closing handshakes take up to `patience`.
    /// - Returns: how many were told; fewer than `limit` if no more are open.
    package func drain(atMost limit: Int, patience: TimeAmount) async -> Int {
        var told = 0
        // In random order: small slices must not always burden the same event loop.
        for loop in loops.values.shuffled() where told < limit {
            told += await loop.drain(atMost: limit - told, patience: patience)
        }
        return told
    }
}

/// The open sockets of one event loop.
// Confined to its event loop, except for `drain` and `sendStatus`, which hop there.
final class LoopSockets: @unchecked Sendable {
    let flusher: LoopFlusher
    private let eventLoop: any EventLoop
    private var sockets: [SocketID: SocketHandler] = [:]

    init(eventLoop: any EventLoop, turn: LoopTurn) {
        self.eventLoop = eventLoop
        self.flusher = LoopFlusher(eventLoop: eventLoop, turn: turn)
    }

    func add(_ socket: SocketHandler) { sockets[socket.id] = socket }

    func remove(_ id: SocketID) { sockets[id] = nil }

    func sendStatus(writable: Bool) {
        eventLoop.execute {
            // A socket closed here for reading too slowly leaves the dictionary.
            for socket in Array(self.sockets.values) { socket.sendStatus(writable: writable) }
        }
    }

    /// Removes the sockets it closes. Their order is unspecified.
    func drain(atMost limit: Int, patience: TimeAmount) async -> Int {
        let told = eventLoop.submit {
            var told = 0
            while told < limit, let (_, socket) = self.sockets.popFirst() {
                if socket.drain(patience: patience) { told += 1 }
            }
            return told
        }
        // Fails only when the event loop and its sockets have ended.
        return (try? await told.get()) ?? 0
    }
}
