import ChatModel
import NIOCore
import Synchronization

/// Pages that are the same for everybody, shared by those who ask for one while it is read or within a second after
/// that began: however many ask at once, Redis reads it once. One per node.
///
/// Bounded by `mostPages`, so by 8 MiB of messages: the oldest makes place for a new one.
final class SharedPages: Sendable {
    static let mostPages = 32
    /// A page may be this old when it is asked for.
    static let lifetime = TimeAmount.seconds(1)

    struct Key: Hashable {
        let room: RoomName
        let range: LogRange
    }

    /// Gets the page on its event loop, or nothing: then it reads for itself.
    struct Client: Sendable {
        let eventLoop: any EventLoop
        let take: @Sendable (LogPage?) -> Void

        func give(_ page: LogPage?) {
            if eventLoop.inEventLoop { take(page) } else { eventLoop.execute { take(page) } }
        }
    }

    enum Verdict: Hashable {
        /// The client has the page, or gets it with the others.
        case served
        /// Read it, then call `ended`.
        case read
        /// Read it for this client only.
        case readAlone
    }

    private enum Content {
        case reading([Client])
        case page(LogPage)
    }

    private struct Entry {
        let began: NIODeadline
        var content: Content
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// - `mayRead`: whether it is the client's turn to read.
    /// - Returns: `nil` if the client must wait for its turn.
    func ask(_ key: Key, _ client: Client, mayRead: Bool, at now: NIODeadline) -> Verdict? {
        let (verdict, page) = entries.withLock { entries -> (Verdict?, LogPage?) in
            guard var entry = entries[key] else { return begin(key, mayRead: mayRead, at: now, &entries) }
            guard now - entry.began < Self.lifetime else {
                if case .reading = entry.content { return (mayRead ? .readAlone : nil, nil) }
                return begin(key, mayRead: mayRead, at: now, &entries)
            }
            switch entry.content {
            case .page(let page): return (.served, page)
            case .reading(var clients):
                // Moved out, so that the others are not copied for each of them.
                entries[key] = nil
                entry.content = .reading([])
                clients.append(client)
                entry.content = .reading(clients)
                entries[key] = entry
                return (.served, nil)
            }
        }
        if let page { client.give(page) }
        return verdict
    }

    private func begin(
        _ key: Key, mayRead: Bool, at now: NIODeadline, _ entries: inout [Key: Entry]
    ) -> (Verdict?, LogPage?) {
        guard mayRead else { return (nil, nil) }
        Self.dropOld(at: now, &entries)
        if entries.count >= Self.mostPages {
            let pages = entries.filter { if case .page = $1.content { true } else { false } }
            guard let oldest = pages.min(by: { $0.value.began < $1.value.began })?.key else {
                return (.readAlone, nil)
            }
            entries[oldest] = nil
        }
        entries[key] = Entry(began: now, content: .reading([]))
        return (.read, nil)
    }

    /// - `page`: `nil` if it was not read, or is not for everybody.
    func ended(_ key: Key, _ page: LogPage?) {
        let clients = entries.withLock { entries -> [Client] in
            guard let entry = entries[key], case .reading(let clients) = entry.content else { return [] }
            entries[key] = page.map { Entry(began: entry.began, content: .page($0)) }
            return clients
        }
        for client in clients { client.give(page) }
    }

    /// Pages that nobody may take any more need not stay in memory.
    func dropOld(at now: NIODeadline) {
        entries.withLock { Self.dropOld(at: now, &$0) }
    }

    private static func dropOld(at now: NIODeadline, _ entries: inout [Key: Entry]) {
        entries = entries.filter { _, entry in
            if case .page = entry.content { now - entry.began < lifetime } else { true }
        }
    }

    /// Pages kept or being read.
    var count: Int { entries.withLock(\.count) }
}
