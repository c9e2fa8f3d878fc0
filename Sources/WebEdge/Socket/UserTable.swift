package import ChatModel
import ChatProtocol
import CoreMetrics
package import NIOCore
import Synchronization

/// Who is connected to this node, and what each user may still send: one `Allowance` for all sockets of a user.
///
/// Owned by the node, used from every event loop. A socket enters when its user is known, and leaves at its end.
package final class UserTable: Sendable {
    private struct Entry {
        let allowance: Allowance
        var sockets: [UserSocket]
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
        users.withLock { $0.entries[user]?.sockets.isEmpty == false }
    }

    /// Writes the news to the user's sockets on this node, which is called `node`.
    package func tell(_ user: UserID, _ news: UserNews, on node: String) {
        let sockets = users.withLock { $0.entries[user]?.sockets ?? [] }
        for socket in sockets {
            if case .read(_, let origin) = news, origin == SocketOrigin(node: node, socket: socket.id) { continue }
            guard let outlet = socket.outlet else { continue }
            outlet.eventLoop.execute { outlet.write(ServerFrame(news)) }
        }
    }

    func enter(_ user: UserID, by socket: UserSocket, at now: NIODeadline) -> Allowance {
        users.withLock { users in
            var entry = users.entries[user] ?? Entry(allowance: Allowance(rate, now: now), sockets: [])
            if entry.sockets.isEmpty { users.connected += 1 }
            entry.sockets.append(socket)
            users.entries[user] = entry
            metrics.connectedUsers.set(Double(users.connected))
            return entry.allowance
        }
    }

    func leave(_ user: UserID, by socket: SocketID, at now: NIODeadline) {
        users.withLock { users in
            guard var entry = users.entries[user], let index = entry.sockets.firstIndex(where: { $0.id == socket })
            else { return }
            entry.sockets.remove(at: index)
            guard entry.sockets.isEmpty else {
                users.entries[user] = entry
                return
            }
            users.connected -= 1
            users.entries[user] = entry.allowance.isFull(at: now) ? nil : entry
            if users.entries.count > 2 * users.connected + Self.idleLimit {
                users.entries = users.entries.filter { !$1.sockets.isEmpty || !$1.allowance.isFull(at: now) }
            }
            metrics.connectedUsers.set(Double(users.connected))
        }
    }
}

/// One socket of a user.
struct UserSocket: Sendable {
    let id: SocketID
    /// `nil`: a plain client, which knows only messages.
    let outlet: (any ConnectionOutlet)?
}

extension ServerFrame {
    fileprivate init(_ news: UserNews) {
        switch news {
        case .added(let room, let other): self = .added(room: room, from: other)
        case .read(let position, _): self = .read(position)
        case .linked: self = .linked(nil)
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
