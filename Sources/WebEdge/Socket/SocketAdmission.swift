import Operations
import Synchronization

/// Counts the node's open sockets, in total and by client address, and enforces the limits. One per node; its lock is
/// taken once when a socket opens and once when it closes.
final class SocketAdmission: ReadinessCheck {
    private struct State {
        var open = 0
        var byAddress: [String: Int] = [:]
        var isDraining = false
    }

    private let maximum: Int?
    private let perAddress: Int?
    private let memory: MemoryGuard?
    private let state = Mutex(State())

    init(maximum: Int?, perAddress: Int?, memory: MemoryGuard? = nil) {
        self.maximum = maximum
        self.perAddress = perAddress
        self.memory = memory
    }

    /// Sockets whose handshake was accepted and whose channel has not closed.
    var openSockets: Int { state.withLock(\.open) }

    var isDraining: Bool { state.withLock(\.isDraining) }

    var unreadyReason: String? {
        isDraining ? "draining: this node is shutting down" : memory?.unreadyReason
    }

    /// Admits no more sockets, and makes the node not ready.
    func startDraining() {
        state.withLock { $0.isDraining = true }
    }

    /// Each admission must be followed by one `release` with the same address.
    func admit(_ address: String) throws(UpgradeRefusal) {
        let refusal: UpgradeRefusal? = state.withLock { state in
            if state.isDraining { return .draining }
            if let maximum, state.open >= maximum { return .full }
            if let memory, memory.isClosed { return .noMemory }
            let ofAddress = state.byAddress[address, default: 0]
            if let perAddress, ofAddress >= perAddress { return .tooManyOfAddress }
            state.open += 1
            state.byAddress[address] = ofAddress + 1
            return nil
        }
        if let refusal { throw refusal }
    }

    func release(_ address: String) {
        state.withLock { state in
            guard let ofAddress = state.byAddress[address] else {
                preconditionFailure("a socket of \(address) was released that had not been admitted")
            }
            state.open -= 1
            state.byAddress[address] = ofAddress == 1 ? nil : ofAddress - 1
        }
    }
}
