package import ChatModel
import CoreMetrics
package import NIOCore
import Synchronization

/// Who is connected to this node, and what each user may still send: one `Allowance` for all sockets of a user.
///
/// Owned by the node, used from every event loop. A socket enters when its user is known, and leaves at its end.
package final class UserTable: Sendable {
    private struct Entry {
        let allowance: Allowance
        var sockets: Int
    }

    private struct Users {
        var entries: [UserID: Entry] = [:]
        var connected = 0
    }

    /// Users without a socket that are kept until their allowance is full again: reconnecting must not evade the limit.
    private static let idleLimit = 1_024

    private let rate: RateLimit.Configuration?
    private let metrics: EdgeMetrics
    private let users = Mutex(Users())

    /// - `rate`: `nil` for no limit.
    package init(rate: RateLimit.Configuration?, metrics: EdgeMetrics) {
        self.rate = rate
        self.metrics = metrics
    }

    /// Users with at least one socket.
    package var count: Int { users.withLock { $0.connected } }

    package func isConnected(_ user: UserID) -> Bool {
        users.withLock { ($0.entries[user]?.sockets ?? 0) > 0 }
    }

    package func enter(_ user: UserID, at now: NIODeadline) -> Allowance {
        users.withLock { users in
            var entry = users.entries[user] ?? Entry(allowance: Allowance(rate, now: now), sockets: 0)
            if entry.sockets == 0 { users.connected += 1 }
            entry.sockets += 1
            users.entries[user] = entry
            metrics.connectedUsers.set(Double(users.connected))
            return entry.allowance
        }
    }

    package func leave(_ user: UserID, at now: NIODeadline) {
        users.withLock { users in
            guard var entry = users.entries[user], entry.sockets > 0 else { return }
            entry.sockets -= 1
            guard entry.sockets == 0 else {
                users.entries[user] = entry
                return
            }
            users.connected -= 1
            users.entries[user] = entry.allowance.isFull(at: now) ? nil : entry
            if users.entries.count > 2 * users.connected + Self.idleLimit {
                users.entries = users.entries.filter { $1.sockets > 0 || !$1.allowance.isFull(at: now) }
            }
            metrics.connectedUsers.set(Double(users.connected))
        }
    }
}

/// One user's rate limit, shared by their sockets on this node.
package final class Allowance: Sendable {
    /// `nil`: no limit.
    private let limit: Mutex<RateLimit?>

    init(_ rate: RateLimit.Configuration?, now: NIODeadline) {
        self.limit = Mutex(rate.map { RateLimit($0, now: now) })
    }

    package func take(_ cost: Double, at now: NIODeadline) -> RateLimit.Verdict {
        limit.withLock { $0?.take(cost, at: now) ?? .taken }
    }

    func takeSpare(_ cost: Double, at now: NIODeadline) -> Bool {
        limit.withLock { $0?.takeSpare(cost, at: now) ?? true }
    }

    func giveBack(_ cost: Double) {
        limit.withLock { $0?.giveBack(cost) }
    }

    func isFull(at now: NIODeadline) -> Bool {
        limit.withLock { $0?.isFull(at: now) ?? true }
    }
}
