internal import Logging
internal import NIOCore
package import Operations
internal import Supervision
internal import Synchronization

/// Where the primary is, by the Sentinels that watch it (https://redis.io/docs/latest/develop/reference/sentinel-clients):
/// they are asked one after the other, and the one that answered is asked first the next time.
///
/// Shared by all of a node's connections to Redis; may be used from any thread.
package final class RedisSentinels: Sendable {
    /// What an answer may take, connecting included, before the next one is asked.
    static let patience = TimeAmount.milliseconds(500)
    /// Beyond this, no Sentinels are learned from others.
    private static let mostKnown = 32

    private struct State {
        var known: [HostPort]
        var primary: HostPort?
        var followed: HostPort?
    }

    /// Of the primary.
    let name: String
    /// How to connect to a Sentinel, but for its address.
    private let configuration: RedisConfiguration
    private let state: Mutex<State>

    /// - `user`, `password`: the Sentinels' own.
    init(of name: String, _ configuration: RedisConfiguration, user: String, password: String?) {
        let url = configuration.url
        var own = configuration
        own.url = RedisURL(server: url.hosts[0], usesTLS: url.usesTLS, user: user, password: password, database: 0)
        own.connectTimeout = Self.patience
        own.serverKind = .sentinel
        self.name = name
        self.configuration = own
        self.state = Mutex(State(known: url.hosts))
    }

    /// The primary as last found; `nil`: not yet.
    package var primary: HostPort? { state.withLock { $0.primary } }

    /// The Sentinel that announces failovers to this node; `nil`: none at the moment.
    package var followed: HostPort? { state.withLock { $0.followed } }

    /// Asks one Sentinel after another until one knows the primary.
    func findPrimary(metrics: RedisMetrics, on eventLoop: any EventLoop) async throws -> HostPort {
        let name = name
        return try await firstAnswer(metrics: metrics, pushReceiver: nil, on: eventLoop) { connection in
            let answer = try await connection.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name)
            guard !answer.isNull else {
                throw RedisError(.connectFailed, "it watches no primary of the name \(name): correct REDIS_URL")
            }
            let place = try Self.place(try answer.array().map { reply throws(RedisError) in try reply.string() })
            // Not essential: an old Sentinel, or one with few rights, may refuse.
            let others = try? await connection.ask("SENTINEL", "SENTINELS", name)
            self.state.withLock { state in
                state.primary = place
                for other in Self.places(others) where state.known.count < Self.mostKnown {
                    if !state.known.contains(other) { state.known.append(other) }
                }
            }
            await connection.close(RedisError(.stopped, "this node has its answer"))
            return place
        }
    }

    /// Subscribes to announcements of failovers, at the first Sentinel that answers.
    func watch(
        _ receiver: any RedisPushReceiver, metrics: RedisMetrics, on eventLoop: any EventLoop
    ) async throws -> RedisConnection {
        let connection = try await firstAnswer(metrics: metrics, pushReceiver: receiver, on: eventLoop) { connection in
            _ = try await connection.ask("SUBSCRIBE", "+switch-master")
            return connection
        }
        // The one that answered is the first now.
        state.withLock { $0.followed = $0.known.first }
        return connection
    }

    /// The connection of `watch` has ended.
    func unwatched() { state.withLock { $0.followed = nil } }

    private func firstAnswer<Answer: Sendable>(
        metrics: RedisMetrics, pushReceiver: (any RedisPushReceiver)?, on eventLoop: any EventLoop,
        _ question: (RedisConnection) async throws -> Answer
    ) async throws -> Answer {
        var reasons: [String] = []
        var areSentinels = false
        for sentinel in state.withLock({ $0.known }) {
            var configuration = configuration
            configuration.url = configuration.url.moved(to: sentinel)
            do {
                let connection = try await RedisConnection.open(
                    configuration, setup: [], metrics: metrics, pushReceiver: pushReceiver, on: eventLoop)
                do {
                    let answer = try await question(connection)
                    state.withLock { state in
                        guard let index = state.known.firstIndex(of: sentinel) else { return }
                        state.known.insert(state.known.remove(at: index), at: 0)
                    }
                    return answer
                } catch {
                    await connection.close(RedisError(.stopped, "this node asks another Sentinel"))
                    throw error
                }
            } catch {
                let error = error as? RedisError
                if error?.code != .wrongKind { areSentinels = true }
                reasons.append("\(sentinel): \(error?.message ?? "stopped")")
            }
        }
        throw RedisError(
            areSentinels ? .connectFailed : .wrongKind,
            "no Sentinel names the primary \(name); \(reasons.joined(separator: "; "))")
    }

    private static func place(_ parts: [String]) throws(RedisError) -> HostPort {
        guard parts.count == 2, !parts[0].isEmpty, let port = Int(parts[1]), (1...65_535).contains(port) else {
            throw RedisError(.unexpectedReply, "a Sentinel named no address")
        }
        return HostPort(host: parts[0], port: port)
    }

    /// Each Sentinel is a list of names and values.
    private static func places(_ reply: RedisReply?) -> [HostPort] {
        guard case .array(let sentinels)? = reply else { return [] }
        return sentinels.compactMap { sentinel in
            guard let texts = try? sentinel.array().map({ try $0.string() }) else { return nil }
            let fields = Dictionary(
                stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) },
                uniquingKeysWith: { first, _ in first })
            return fields["ip"].flatMap { ip in fields["port"].flatMap { try? place([ip, $0]) } }
        }
    }
}

extension RedisURL {
    /// The same user, password and database on another server.
    func moved(to server: HostPort) -> RedisURL {
        RedisURL(server: server, usesTLS: usesTLS, user: user, password: password, database: database)
    }
}

extension RedisConnection {
    nonisolated func ask(_ words: String...) async throws -> RedisReply {
        var command = RedisCommand(.setup)
        for word in words { command.append(word) }
        let answer = eventLoop.makePromise(of: RedisReply.self)
        await send(command, on: eventLoop) { result in
            answer.completeWith(result.mapError { RedisError.refused(words.prefix(2).joined(separator: " "), $0) })
        }
        return try await answer.futureResult.get()
    }
}
