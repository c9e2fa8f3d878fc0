import Synchronization

/// Counts the HTTP connections of each peer address, because each one holds a descriptor even when idle. Sockets are
/// counted by `SocketAdmission`. One per node; its lock is taken when a connection opens, becomes idle and closes.
final class ConnectionLimit: Sendable {
    private let perAddress: Int?
    /// Proxies, which carry the connections of many clients.
    private let exempt: [AddressBlock]
    private let open = Mutex<[IPAddress: Int]>([:])

    /// - `perAddress`: `nil` for no limit.
    init(perAddress: Int?, exempt: [AddressBlock]) {
        self.perAddress = perAddress
        self.exempt = exempt
    }

    /// - Returns: `nil` if the connection must be closed.
    func admit(_ address: IPAddress?) -> Place? {
        guard let perAddress, let address, !exempt.contains(where: { $0.contains(address) }) else {
            return Place(limit: self, address: nil)
        }
        let counted = address.counted
        let isAdmitted = open.withLock { open in
            let count = open[counted, default: 0]
            guard count < perAddress else { return false }
            open[counted] = count + 1
            return true
        }
        return isAdmitted ? Place(limit: self, address: counted) : nil
    }

    /// One connection's place in the count.
    struct Place {
        fileprivate let limit: ConnectionLimit
        /// `nil`: not counted.
        fileprivate let address: IPAddress?

        /// Whether the connection may stay open for another request. Half of the places are reserved for active
        /// connections, so that many people behind one address can always get in.
        var mayWait: Bool {
            guard let address, let most = limit.perAddress else { return true }
            return limit.open.withLock { $0[address, default: 0] } <= most / 2
        }

        /// Must be called exactly once.
        func leave() {
            guard let address else { return }
            limit.open.withLock { open in
                guard let count = open[address] else {
                    preconditionFailure("a connection from \(address) left without having been admitted")
                }
                open[address] = count == 1 ? nil : count - 1
            }
        }
    }
}
