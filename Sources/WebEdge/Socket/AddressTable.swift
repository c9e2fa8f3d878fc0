package import NIOCore
import Synchronization

/// What all sockets of one client address may do together on this node, so that a new guest gets no new allowance:
/// frames, bytes written to the log, and new rooms. Uses the same keys as `SocketAdmission`.
///
/// Owned by the node, used from every event loop. A socket enters when its user is known, and leaves at its end.
package final class AddressTable: Sendable {
    private struct Entry {
        let allowance: AddressAllowance
        var sockets = 0
    }

    /// Addresses without a socket that are kept until their allowances are full again, which takes up to an
    /// hour. Above this, all of them are dropped.
    static let idleLimit = 16_384

    private let frames: RateLimit.Configuration?
    private let bytes: RateLimit.Configuration?
    private let rooms: RateLimit.Configuration?
    private let addresses = Mutex<[String: Entry]>([:])
    private let connected = Atomic(0)

    package init(_ configuration: SocketConfiguration) {
        frames = configuration.addressRate?.shared
        bytes = configuration.addressBytes?.shared
        rooms = configuration.addressRooms?.shared
    }

    package func enter(_ address: String, at now: NIODeadline) -> AddressAllowance {
        addresses.withLock { addresses in
            var entry =
                addresses[address]
                ?? Entry(allowance: AddressAllowance(frames: frames, bytes: bytes, rooms: rooms, now: now))
            entry.sockets += 1
            if entry.sockets == 1 { connected.add(1, ordering: .relaxed) }
            addresses[address] = entry
            return entry.allowance
        }
    }

    package func leave(_ address: String, at now: NIODeadline) {
        addresses.withLock { addresses in
            guard var entry = addresses[address], entry.sockets > 0 else { return }
            entry.sockets -= 1
            addresses[address] = entry
            guard entry.sockets == 0 else { return }
            let connected = connected.subtract(1, ordering: .relaxed).newValue
            if entry.allowance.isFull(at: now) { addresses[address] = nil }
            guard addresses.count - connected > Self.idleLimit else { return }
            addresses = addresses.filter { $1.sockets > 0 || !$1.allowance.isFull(at: now) }
            // Scanned again only after as many more have come.
            if addresses.count - connected > Self.idleLimit / 2 { addresses = addresses.filter { $1.sockets > 0 } }
        }
    }

    /// For a request, which needs no socket.
    /// - Returns: after how many milliseconds there is enough; `nil`: it was taken.
    func charge(_ address: String, _ cost: Double, at now: NIODeadline) -> Int? {
        let allowance = enter(address, at: now)
        defer { leave(address, at: now) }
        guard case .refused(let wait) = allowance.frames.take(cost, at: now) else { return nil }
        return wait
    }

    /// How many addresses are kept.
    var count: Int { addresses.withLock(\.count) }
}

/// One address's allowances on this node.
package struct AddressAllowance: Sendable {
    /// For frames of its users, by cost.
    let frames: Allowance
    /// For bytes written to the log.
    let bytes: Allowance
    /// For new rooms.
    let rooms: Allowance

    init(
        frames: RateLimit.Configuration?, bytes: RateLimit.Configuration?, rooms: RateLimit.Configuration?,
        now: NIODeadline
    ) {
        self.frames = Allowance(frames, now: now)
        self.bytes = Allowance(bytes, now: now)
        self.rooms = Allowance(rooms, now: now)
    }

    func isFull(at now: NIODeadline) -> Bool {
        frames.isFull(at: now) && bytes.isFull(at: now) && rooms.isFull(at: now)
    }
}
