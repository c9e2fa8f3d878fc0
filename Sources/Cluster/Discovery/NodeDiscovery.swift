package import ChatModel
package import Logging
internal import ServiceLifecycle
internal import Synchronization

/// This node's card in Redis, and what it reads from the others': `MembershipView` as long as nothing gossips.
///
/// `run()` learns the own generation, then renews and reads every few seconds, whether Redis answers or not; asked
/// questions are answered from memory, on any thread. Keys: `docs/protocol.md`, section 7.
package final class NodeDiscovery: MembershipView, Service, Sendable {
    private struct State {
        var card: NodeCard
        var table: NodeTable
    }

    private let name: String
    private let configuration: NodeDiscoveryConfiguration
    private let link: RedisLink
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameters:
    ///   - name: checked by `NodeCard.isValidName`.
    ///   - card: its generation is the wall clock in milliseconds; raised when Redis knows a higher one.
    package init(
        name: String, card: NodeCard, configuration: NodeDiscoveryConfiguration, link: RedisLink, logger: Logger
    ) {
        precondition(NodeCard.isValidName(name), "the node name \(name) was not checked")
        self.name = name
        self.configuration = configuration
        self.link = link
        self.logger = logger
        self.state = Mutex(State(card: card, table: NodeTable(configuration: configuration)))
    }

    /// Its generation may rise once, before anything is announced; do not keep a copy.
    package var own: NodeIncarnation {
        NodeIncarnation(name: name, generation: ownCard.generation)
    }

    package var members: [ClusterMember] {
        let (card, others) = state.withLock { ($0.card, $0.table.members) }
        let own = ClusterMember(
            node: NodeIncarnation(name: name, generation: card.generation), state: .alive, address: card.http,
            version: card.version, startedAt: card.startedAt)
        return [own] + others.filter { $0.node != own.node }
    }

    package func isPresent(_ node: NodeIncarnation) -> Bool {
        node == own || state.withLock { $0.table.isPresent(node, now: .now) }
    }

    package func heard(_ node: NodeIncarnation) {
        state.withLock { $0.table.heard(node, now: .now) }
    }

    /// Returns when asked to stop, after it has taken the own card away.
    /// - Throws: `NodeNameTaken`; nothing else.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.renewAndRead() }
        } catch is CancellationError {
            await leave()
        }
    }

    private func renewAndRead() async throws {
        var generationLearned = false
        var failing = false
        while true {
            do {
                if generationLearned {
                    try await checkForRival()
                } else {
                    try await learnGeneration()
                    generationLearned = true
                    logger.info("node announces itself", metadata: [LogKey.nodeID: "\(own)"])
                }
                try await announce()
                failing = false
            } catch let error as RedisError {
                if !failing, error.code != .notConnected {
                    logger.warning("node index out of reach", metadata: [LogKey.error: "\(error)"])
                }
                failing = true
            }
            try await Task.sleep(
                for: failing ? min(configuration.interval, .milliseconds(250)) : configuration.interval)
        }
    }

    // MARK: - With Redis

    private var ownCard: NodeCard { state.withLock { $0.card } }
    private var indexKey: String { "\(configuration.keyPrefix):nodes" }
    private func cardKey(_ name: String) -> String { "\(configuration.keyPrefix):node:\(name)" }

    /// A life of ours that ended a moment ago may have had a clock that was ahead.
    private func learnGeneration() async throws {
        guard let old = try await card(of: name) else { return }
        state.withLock { state in
            let (next, overflow) = old.generation.addingReportingOverflow(1)
            let day: UInt64 = 86_400_000
            guard !overflow, next > state.card.generation, next - state.card.generation <= day else { return }
            state.card = state.card.with(generation: next)
        }
    }

    private func checkForRival() async throws {
        if let rival = try await card(of: name), rival.generation > ownCard.generation {
            throw NodeNameTaken(name: name)
        }
    }

    private func announce() async throws {
        let now = try await redisTime()
        let lease = configuration.lease.milliseconds
        let json = try ownCard.json()
        _ = try await link.send(RedisCommand(.discovery, "SET", cardKey(name), json, "PX", lease))
        _ = try await link.send(RedisCommand(.discovery, "ZADD", indexKey, now + lease, name))
        _ = try await link.send(
            RedisCommand(
                .discovery, "ZREMRANGEBYSCORE", indexKey, "-inf", now - configuration.remembered.milliseconds))
        let listings = try await readIndex()
        state.withLock { $0.table.read(listings, redisNow: now, now: .now) }
    }

    /// The leases are counted by one clock, Redis' own.
    private func redisTime() async throws -> Int64 {
        let parts = try await link.send(RedisCommand(.discovery, "TIME")).array().map { try $0.integer() }
        guard parts.count == 2, (0...(Int64.max / 2_000)).contains(parts[0]) else {
            throw RedisError(.unexpectedReply, "Redis gave no time")
        }
        return parts[0] * 1_000 + parts[1] / 1_000
    }

    /// The newest thousand; every card by itself, for they may lie in different shards.
    private func readIndex() async throws -> [NodeTable.Listing] {
        let answer = try await link.send(RedisCommand(.discovery, "ZREVRANGE", indexKey, 0, 999, "WITHSCORES")).array()
        var listings: [NodeTable.Listing] = []
        for index in stride(from: 0, to: answer.count - 1, by: 2) {
            guard let name = try? answer[index].string(), NodeCard.isValidName(name),
                let leaseEnd = try? answer[index + 1].integer()
            else { continue }
            listings.append(NodeTable.Listing(name: name, leaseEnd: leaseEnd, card: try await card(of: name)))
        }
        return listings
    }

    private func card(of name: String) async throws -> NodeCard? {
        let answer = try await link.send(RedisCommand(.discovery, "GET", cardKey(name)))
        return answer.isNull ? nil : NodeCard(json: try answer.bytes())
    }

    private func leave() async {
        do {
            _ = try await link.send(RedisCommand(.discovery, "DEL", cardKey(name)))
            _ = try await link.send(RedisCommand(.discovery, "ZREM", indexKey, name))
        } catch {
            logger.info("node could not take its card away; it expires", metadata: [LogKey.error: "\(error)"])
        }
    }
}

/// Another process has announced itself under this node's name, later than this one: there can be only one.
package struct NodeNameTaken: Error, Hashable, CustomStringConvertible {
    package let name: String

    package var description: String {
        "another process runs as node \(name): give each node its own NODE_NAME"
    }
}
