import Synchronization

/// Counts, by peer address, the connections that have not asked for anything yet: they hold descriptors, and nobody knows
/// what for. One a node; a lock that is taken when a connection comes and when its first request has come.
final class NewcomerLimit: Sendable {
    private let perAddress: Int?
    /// Whole networks of clients come through them.
    private let exempt: [AddressBlock]
    private let waiting = Mutex<[IPAddress: Int]>([:])

    /// - `perAddress`: `nil` for no limit.
    init(perAddress: Int?, exempt: [AddressBlock]) {
        self.perAddress = perAddress
        self.exempt = exempt
    }

    /// - Returns: what is to be called once the connection has asked for something, or has ended; `nil`: it must end now.
    func admit(_ address: IPAddress?) -> (() -> Void)? {
        guard let perAddress, let address, !exempt.contains(where: { $0.contains(address) }) else { return {} }
        let isAdmitted = waiting.withLock { waiting in
            let count = waiting[address, default: 0]
            guard count < perAddress else { return false }
            waiting[address] = count + 1
            return true
        }
        return isAdmitted ? { self.release(address) } : nil
    }

    private func release(_ address: IPAddress) {
        waiting.withLock { waiting in
            guard let count = waiting[address] else {
                preconditionFailure("a connection of \(address) was released that had not been admitted")
            }
            waiting[address] = count == 1 ? nil : count - 1
        }
    }
}
