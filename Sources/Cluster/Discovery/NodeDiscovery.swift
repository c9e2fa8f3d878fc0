import ChatModel
package import Gossip
package import Logging
import Operations
package import RedisClient
internal import ServiceLifecycle
internal import Supervision
internal import Synchronization

/// Registers this node in Redis and reads the cards of the others: where they are, and which are alive as far as Redis
/// knows.
///
/// `run()` determines the node's generation, then renews and reads every few seconds, whether Redis responds or not.
/// Queries are answered from memory, on any thread. Keys: `docs/protocol.md`, section 7.
package final class NodeDiscovery: Service, Sendable {
    /// The latest state read.
    struct Snapshot: Sendable {
        let own: ClusterMember
        fileprivate let table: NodeTable

        var members: [ClusterMember] { table.members }
        /// Includes nodes that were heard before their card was read.
        var incarnations: Set<NodeIncarnation> { table.incarnations }
        func lastSign(of node: NodeIncarnation) -> ContinuousClock.Instant? { table.lastSign(of: node) }
        func gossipAddress(of node: NodeIncarnation) -> String? { table.gossipAddress(of: node) }
        func isOlder(_ node: NodeIncarnation, than age: Duration, now: ContinuousClock.Instant) -> Bool {
            table.isOlder(node, than: age, now: now)
        }
        func isPresent(_ node: NodeIncarnation, now: ContinuousClock.Instant) -> Bool {
            node == own.node || table.isPresent(node, now: now)
        }
    }

    private struct State {
        var table: NodeTable
        var hasRead = false
        /// Keys of cards that hold a value of another type.
        var foreignKeys: Set<String> = []
        var listener: (@Sendable () -> Void)?
    }

    private let identity: NodeIdentity
    private let card: NodeCard
    private let configuration: NodeDiscoveryConfiguration
    private let shards: RedisShards
    private let gossipAddress: (@Sendable () -> String?)?
    private let httpAddress: (@Sendable () -> String)?
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameters:
    ///   - card: the fields besides generation and gossip address.
    ///   - gossipAddress: where this node gossips, read before each renewal; `nil` while unknown.
    ///   - httpAddress: its HTTP address, which may change; `nil`: as on the card.
    package init(
        identity: NodeIdentity, card: NodeCard, configuration: NodeDiscoveryConfiguration, shards: RedisShards,
        gossipAddress: (@Sendable () -> String?)? = nil, httpAddress: (@Sendable () -> String)? = nil, logger: Logger
    ) {
        self.identity = identity
        self.card = card
        self.configuration = configuration
        self.shards = shards
        self.gossipAddress = gossipAddress
        self.httpAddress = httpAddress
        self.logger = logger
        self.state = Mutex(State(table: NodeTable(configuration: configuration)))
    }

    var snapshot: Snapshot {
        Snapshot(
            own: ClusterMember(
                node: identity.own, state: .alive, address: ownCard.http, version: card.version,
                startedAt: card.startedAt),
            table: state.withLock { $0.table })
    }

    /// Gossip addresses of other nodes; `nil` before the first read.
    package var seeds: [GossipAddress]? {
        let (hasRead, table) = state.withLock { ($0.hasRead, $0.table) }
        guard hasRead else { return nil }
        let own = gossipAddress?()
        return table.gossipAddresses.filter { $0 != own }.compactMap { GossipAddress(text: $0) }
    }

    func heard(_ node: NodeIncarnation) {
        state.withLock { $0.table.heard(node, now: .now) }
    }

    /// - `listener`: called after each read.
    func onChange(_ listener: @escaping @Sendable () -> Void) {
        state.withLock { $0.listener = listener }
    }

    /// Returns on shutdown, after removing this node's card.
    /// - Throws: only `NodeNameTaken`.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.renewAndRead() }
        } catch is CancellationError {
            await leave()
        }
    }

    private func renewAndRead() async throws {
        try await waitForGossip()
        var generationLearned = false
        var isFailing = false
        var refusals = OutageReport()
        while true {
            do {
                if generationLearned {
                    try await checkForRival()
                } else {
                    try await learnGeneration()
                    generationLearned = true
                    logger.info("registering in Redis", metadata: [LogKey.nodeID: "\(identity.own)"])
                }
                try await announce()
                isFailing = false
                if let refusal = refusals.ended(now: .now) {
                    logger.notice(
                        "registration in Redis recovered", metadata: [LogKey.lasted: "\(refusal.lasted.plain)"])
                }
            } catch let error as RedisError {
                isFailing = true
                // The loss of the connection is already logged elsewhere.
                if !error.isOfTheConnection { report(error, refusals.failed(now: .now)) }
            }
            let isIncomplete = isFailing || !isGossipReady
            try await Task.sleep(
                for: isIncomplete ? min(configuration.interval, .milliseconds(250)) : configuration.interval)
        }
    }

    private func report(_ error: RedisError, _ notice: OutageReport.Notice) {
        var metadata: Logger.Metadata = [LogKey.error: "\(error)"]
        switch notice {
        case .begins:
            logger.warning("cannot renew registration in Redis, retrying", metadata: metadata)
        case .continues(let attempts, let span):
            metadata[LogKey.attempts] = "\(attempts)"
            metadata[LogKey.within] = "\(span.plain)"
            logger.warning("still cannot renew registration in Redis", metadata: metadata)
        case .nothing:
            logger.debug("cannot renew registration in Redis, retrying", metadata: metadata)
        }
    }

    private var isGossipReady: Bool { gossipAddress.map { $0() != nil } ?? true }

    /// Others need the address on the card. After two seconds, a card without it is better than none.
    private func waitForGossip() async throws {
        let end = ContinuousClock.now + .seconds(2)
        while !isGossipReady, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
    }

    // MARK: - With Redis

    private var ownCard: NodeCard {
        card.with(
            generation: identity.own.generation, http: httpAddress?() ?? card.http, gossip: gossipAddress?())
    }
    private var name: String { identity.name }
    /// In a cluster, all keys of discovery are in one slot, so that one clock measures all leases. No room has this tag.
    private var indexKey: String { "\(configuration.keyPrefix):\(shards.isCluster ? "{_nodes}" : "nodes")" }
    private func cardKey(_ name: String) -> String {
        "\(configuration.keyPrefix):\(shards.isCluster ? "{_nodes}" : "node"):\(name)"
    }
    private var link: RedisLink { shards.shard(of: indexKey).read }

    /// The previous incarnation's clock may have been ahead.
    private func learnGeneration() async throws {
        guard let old = try await card(of: name) else { return }
        let (next, overflow) = old.generation.addingReportingOverflow(1)
        let day: UInt64 = 86_400_000
        let own = identity.own.generation
        guard !overflow, next > own, next - own <= day else { return }
        identity.raise(to: next)
    }

    private func checkForRival() async throws {
        if let rival = try await card(of: name), rival.generation > identity.own.generation {
            throw NodeNameTaken(name: name)
        }
    }

    private func announce() async throws {
        let asked = ContinuousClock.now
        let now = try await redisTime()
        let lease = configuration.lease.milliseconds
        let json = try ownCard.json()
        var refusal: RedisError?
        do throws(RedisError) {
            _ = try await link.send(RedisCommand(.discovery, "SET", cardKey(name), json, "PX", lease))
            _ = try await link.send(RedisCommand(.discovery, "ZADD", indexKey, now + lease, name))
            _ = try await link.send(
                RedisCommand(
                    .discovery, "ZREMRANGEBYSCORE", indexKey, "-inf", now - configuration.remembered.milliseconds))
        } catch {
            // Even if Redis refuses writes, the other cards can still be read.
            guard error.refusesWrites else { throw error }
            refusal = error
        }
        let listings = try await readIndex()
        let listener = state.withLock { state in
            state.table.read(listings, redisNow: now, now: asked)
            state.hasRead = true
            return state.listener
        }
        listener?()
        if let refusal { throw refusal }
    }

    /// Leases are measured by one clock, Redis' own.
    private func redisTime() async throws -> Int64 {
        let parts = try await link.send(RedisCommand(.discovery, "TIME")).array().map { try $0.integer() }
        guard parts.count == 2, (0...(Int64.max / 2_000)).contains(parts[0]) else {
            throw RedisError(.unexpectedReply, "unexpected reply to TIME")
        }
        return parts[0] * 1_000 + parts[1] / 1_000
    }

    /// The newest thousand.
    private func readIndex() async throws -> [NodeTable.Listing] {
        let answer = try await link.send(RedisCommand(.discovery, "ZREVRANGE", indexKey, 0, 999, "WITHSCORES")).array()
        let lines = stride(from: 0, to: answer.count - 1, by: 2).compactMap {
            index -> (name: String, leaseEnd: Int64)? in
            guard let name = try? answer[index].string(), NodeCard.isValidName(name),
                let leaseEnd = try? answer[index + 1].integer()
            else { return nil }
            return (name, leaseEnd)
        }
        let answers = try await link.send(lines.map { RedisCommand(.discovery, "GET", cardKey($0.name)) })
        note(foreign: Set(zip(lines, answers).compactMap { $1.isOfAnotherType ? cardKey($0.name) : nil }))
        return try zip(lines, answers).map { line, answer in
            NodeTable.Listing(name: line.name, leaseEnd: line.leaseEnd, card: try Self.card(answer))
        }
    }

    private func card(of name: String) async throws -> NodeCard? {
        try Self.card(try await link.send([RedisCommand(.discovery, "GET", cardKey(name))])[0])
    }

    /// A foreign value is treated as a missing card, so that it does not hide the other nodes.
    private static func card(_ answer: Result<RedisReply, RedisError>) throws -> NodeCard? {
        guard !answer.isOfAnotherType else { return nil }
        let reply = try answer.get()
        return reply.isNull ? nil : NodeCard(json: try reply.bytes())
    }

    /// Logs each such key once while it exists.
    private func note(foreign keys: Set<String>) {
        let new = state.withLock { state in
            defer { state.foreignKeys = keys }
            return keys.subtracting(state.foreignKeys)
        }
        guard !new.isEmpty else { return }
        logger.warning(
            "node keys in Redis have an unexpected type and are ignored: delete them",
            metadata: [LogKey.keys: "\(new.sorted().prefix(5).joined(separator: ", "))"])
    }

    private func leave() async {
        do {
            _ = try await link.send(RedisCommand(.discovery, "DEL", cardKey(name)))
            _ = try await link.send(RedisCommand(.discovery, "ZREM", indexKey, name))
        } catch {
            logger.info("cannot deregister from Redis, the lease will expire", metadata: [LogKey.error: "\(error)"])
        }
    }
}

extension Result<RedisReply, RedisError> {
    fileprivate var isOfAnotherType: Bool {
        if case .failure(let error) = self { error.code == .server(prefix: "WRONGTYPE") } else { false }
    }
}

/// Another process registered later under the same node name. Only one may run.
package struct NodeNameTaken: Error, Hashable, CustomStringConvertible {
    package let name: String

    package var description: String {
        "another process uses the node name \(name): set a unique NODE_NAME"
    }
}
