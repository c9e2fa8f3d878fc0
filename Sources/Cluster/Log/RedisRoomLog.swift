package import ChatModel
import CoreMetrics
package import NIOCore
package import RedisClient

/// Reads the rooms' logs from Redis, over the read connection.
package struct RedisRoomLog: RoomLog {
    private let shards: RedisShards
    private let keys: RoomKeys
    private let metrics: ClusterMetrics
    private let gate: HistoryGate
    private let shared = SharedPages()

    /// - `shards`: set up with `RoomScripts`.
    package init(shards: RedisShards, keys: RoomKeys, metrics: ClusterMetrics) {
        self.shards = shards
        self.keys = keys
        self.metrics = metrics
        gate = HistoryGate(metrics: metrics)
    }

    package func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        switch reader {
        case .room: read(range, of: room, by: nil, on: eventLoop, completion)
        case .member(let user, let digest):
            read(range, of: room, by: Asker(user, from: digest), on: eventLoop, completion)
        case .history(let address, let user, let digest):
            readInTurn(range, of: room, by: Asker(user, from: digest), at: address, on: eventLoop, completion)
        case .recent(let address, let user, let digest):
            readShared(range, of: room, by: Asker(user, from: digest), at: address, on: eventLoop, completion)
        }
    }

    private func readInTurn(
        _ range: LogRange, of room: RoomName, by asker: Asker, at address: String, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        inTurn(of: address, on: eventLoop, completion) { leave in
            read(range, of: room, by: asker, on: eventLoop) { result in
                completion(result)
                leave()
            }
        }
    }

    /// Shares the page with all who want it now, if it is one that everybody may see. A page of an address is read in
    /// its turn, so nobody waits for the turn of another.
    private func readShared(
        _ range: LogRange, of room: RoomName, by asker: Asker, at address: String, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        guard !room.isPrivate else {
            return readInTurn(range, of: room, by: asker, at: address, on: eventLoop, completion)
        }
        let key = SharedPages.Key(room: room, range: range)
        let client = SharedPages.Client(eventLoop: eventLoop) { [metrics] page in
            guard let page else {
                return readInTurn(range, of: room, by: asker, at: address, on: eventLoop, completion)
            }
            metrics.historyShared.increment()
            completion(.success(page))
        }
        if shared.ask(key, client, mayRead: false, at: .now()) != nil { return }
        inTurn(of: address, on: eventLoop, completion) { leave in
            let verdict = shared.ask(key, client, mayRead: true, at: .now())
            if verdict == .served { return leave() }
            read(range, of: room, by: asker, on: eventLoop) { result in
                completion(result)
                leave()
                guard verdict == .read else { return }
                let page = try? result.get()
                shared.ended(key, page?.head.rulesVersion == 0 ? page : nil)
                eventLoop.scheduleTask(in: SharedPages.lifetime) { shared.dropOld(at: .now()) }
            }
        }
    }

    /// - `work`: calls its argument once, when the turn is over.
    private func inTurn(
        of address: String, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void,
        _ work: @escaping @Sendable (_ leave: @escaping @Sendable () -> Void) -> Void
    ) {
        let isTaken = gate.enter(address, on: eventLoop) { work { gate.leave(address) } }
        if !isTaken { completion(.failure(RelayError(.overloaded, "too many history reads at once, try again"))) }
    }

    /// Whose role and address decide.
    private struct Asker {
        let user: String
        let address: AddressDigest?

        init(_ user: UserID?, from address: AddressDigest?) {
            self.user = user?.description ?? ""
            self.address = address
        }
    }

    /// - `asker`: `nil`: a node's own read.
    private func read(
        _ range: LogRange, of room: RoomName, by asker: Asker?, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        let query = Query(range)
        var command = RoomScripts.read.call(
            .read, keys: [keys.log(room), keys.head(room), keys.acts(room), keys.rules(room)])
        command.append(query.command)
        command.append(query.from)
        command.append(query.to)
        command.append(query.limit + 1)
        command.append(LogPage.maximumBytes)
        command.append(room.isPrivate ? 1 : 0)
        if let asker {
            command.append(asker.user)
            if let address = asker.address { command.append(address.description) }
        }
        shards.shard(of: keys.log(room)).read.send(command, on: eventLoop) { [metrics] result in
            do throws(RedisError) {
                let reply = try LogReply(result.get())
                if let refusal = reply.refusal { return completion(.failure(refusal)) }
                let unreadable = reply.entries.count { $0.message == nil }
                if unreadable > 0 { metrics.unreadableEntries.increment(by: unreadable) }
                completion(.success(query.page(reply)))
            } catch {
                completion(.failure(RelayError(error)))
            }
        }
    }
}

/// A range as arguments of `read.lua`. Requests one entry beyond the limit, to learn whether there is more.
private struct Query {
    let command: String
    let from: String
    let to: String
    let limit: Int

    init(_ range: LogRange) {
        switch range {
        case .head: self = .head
        case .rules: self.init("RULES", from: "", to: "", limit: 1)
        case .forward(let after, let through, let limit):
            guard let first = after.successor else {
                self = .head
                return
            }
            self.init("XRANGE", from: first.description, to: through?.description ?? "+", limit: limit)
        case .backward(let before, let limit):
            guard let before else {
                self.init("XREVRANGE", from: "+", to: "-", limit: limit)
                return
            }
            guard let last = before.predecessor else {
                self = .head
                return
            }
            self.init("XREVRANGE", from: last.description, to: "-", limit: limit)
        }
    }

    private static let head = Query("HEAD", from: "", to: "", limit: 1)

    private init(_ command: String, from: String, to: String, limit: Int) {
        self.command = command
        self.from = from
        self.to = to
        self.limit = min(max(1, limit), LogPage.maximumMessages)
    }

    /// Cuts the reply to one page. Redis sorts by time first, so a foreign entry may have its seq out of order; it
    /// counts as unreadable.
    func page(_ reply: LogReply) -> LogPage {
        let isBackward = command == "XREVRANGE"
        var budget = PageBudget(limit: limit)
        var messages: [ChatMessage] = []
        var taken = 0
        for entry in reply.entries.prefix(limit) {
            let last = messages.last?.id.seq
            let isInOrder = last.map { isBackward ? entry.id.seq < $0 : entry.id.seq > $0 } ?? true
            if isInOrder, let message = entry.message {
                guard budget.admits(message) else { break }
                messages.append(message)
            }
            taken += 1
        }
        return LogPage(
            head: reply.head, messages: isBackward ? messages.reversed() : messages,
            more: taken < reply.entries.count || reply.isCutShort,
            reached: taken > 0 ? reply.entries[taken - 1].id : nil, rules: reply.rules)
    }
}
