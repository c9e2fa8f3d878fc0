internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Operations
import Supervision

extension RedisConnection {
    /// Connects, authenticates, selects the database and runs `setup`, all within `connectTimeout`. Call `serve` next.
    /// With Sentinels it asks them first, and takes no server that is not a primary.
    static func open(
        _ configuration: RedisConfiguration, setup: [RedisCommand], metrics: RedisMetrics,
        pushReceiver: (any RedisPushReceiver)? = nil, on eventLoop: any EventLoop
    ) async throws -> RedisConnection {
        var configuration = configuration
        let sentinels = configuration.sentinels
        if let sentinels {
            let primary = try await sentinels.findPrimary(metrics: metrics, on: eventLoop)
            configuration.url = configuration.url.moved(to: primary)
        }
        let url = configuration.url
        let giveUpAt = NIODeadline.now() + configuration.connectTimeout
        let connection: RedisConnection
        do {
            connection = try await connect(configuration, metrics: metrics, pushReceiver: pushReceiver, on: eventLoop)
        } catch {
            throw RedisError.unreachable(url, error)
        }
        let timeout = eventLoop.scheduleTask(deadline: giveUpAt) {
            // A server without TLS takes the handshake for the beginning of a command and waits for the rest.
            let hint = url.usesTLS ? "; does this port use TLS?" : ""
            connection.enterOnLoop {
                $0.close(RedisError(.connectFailed, "Redis did not answer in time\(hint)"))
            }
        }
        defer { timeout.cancel() }
        do {
            try await connection.perform(greeting(of: url)).get()
            try await connection.check(is: configuration.serverKind)
            if sentinels != nil { try await connection.checkRole() }
            try await connection.perform(setup + [RedisCommand(.ping, "PING")]).get()
        } catch {
            // Prefer Redis' error reply, then the reason the connection closed, to the missing replies.
            let cause: any Error
            if case .server? = (error as? RedisError)?.code {
                cause = error
            } else {
                cause = await connection.closeReason ?? error
            }
            let isWrongKind = (cause as? RedisError)?.code == .wrongKind
            let reason = RedisError(isWrongKind ? .wrongKind : .connectFailed, "cannot use \(url): \(cause)")
            await connection.close(reason)
            throw reason
        }
        return connection
    }

    private static func connect(
        _ configuration: RedisConfiguration, metrics: RedisMetrics, pushReceiver: (any RedisPushReceiver)?,
        on eventLoop: any EventLoop
    ) async throws -> RedisConnection {
        let (url, server) = (configuration.url, configuration.url.hosts[0])
        let tls = url.usesTLS ? try NIOSSLContext(configuration: configuration.tls()) : nil
        return try await ClientBootstrap(group: eventLoop)
            .connectTimeout(configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: server.host, port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        // SNI allows no IP addresses; the certificate is verified against the address anyway.
                        let isAddress = (try? SocketAddress(ipAddress: server.host, port: server.port)) != nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : server.host))
                    }
                    let connection = RedisConnection(
                        channel: channel, configuration: configuration, metrics: metrics, pushReceiver: pushReceiver)
                    try channel.pipeline.syncOperations.addHandler(
                        RedisChannelHandler(
                            connection: connection, maximumReplyBytes: configuration.maximumReplyBytes))
                    return connection
                }
            }
    }

    private static func greeting(of url: RedisURL) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password = url.password {
            commands.append(
                url.user.isEmpty
                    ? RedisCommand(.setup, "AUTH", password) : RedisCommand(.setup, "AUTH", url.user, password))
        }
        if url.database != 0 { commands.append(RedisCommand(.setup, "SELECT", url.database)) }
        return commands
    }

    /// Its kind and version. A server that does not report them is assumed to be right and new enough.
    private func check(is wanted: RedisServerKind) async throws {
        guard let info = try await info("server") else { return }
        let fields = RedisMemoryCheck.fields(of: info)
        // Valkey calls it `server_mode`.
        let mode = fields["redis_mode"] ?? fields["server_mode"]
        if let kind = mode.flatMap({ RedisServerKind(rawValue: $0) }), kind != wanted {
            throw RedisError(.wrongKind, wanted == .sentinel ? RedisError.noSentinel : RedisError.form(of: kind))
        }
        try RedisVersion(info: info)?.check()
    }

    /// A Sentinel may not know yet that what it names is no primary any more.
    private func checkRole() async throws {
        guard let info = try await info("replication") else { return }
        guard info.split(whereSeparator: \.isNewline).contains("role:master") else {
            throw RedisError(.unsupported, "it is a replica, the Sentinels have not agreed on the primary yet")
        }
    }

    /// - Returns: `nil` if the user may not ask.
    private func info(_ section: String) async throws -> String? {
        let promise = eventLoop.makePromise(of: String?.self)
        send(RedisCommand(.setup, "INFO", section), on: eventLoop) { result in
            switch result {
            case .success(let reply): promise.succeed(try? reply.string())
            case .failure(let error):
                let isSilent = error.code == .server(prefix: "NOPERM") || error.message.contains("unknown command")
                if isSilent { promise.succeed(nil) } else { promise.fail(RedisError.refused("INFO", error)) }
            }
        }
        return try await promise.futureResult.get()
    }

    /// Sends all commands at once; fails with the first failure.
    private func perform(_ commands: [RedisCommand]) -> EventLoopFuture<Void> {
        let answers = commands.map { command in
            let promise = eventLoop.makePromise(of: Void.self)
            let name = command.name
            send(command, on: eventLoop) { result in
                // If its disk fails, Redis refuses even PING, but can still be read.
                if name == "PING", case .failure(let error) = result, error.refusesWrites { return promise.succeed() }
                promise.completeWith(result.map { _ in }.mapError { RedisError.refused(name, $0) })
            }
            return promise.futureResult
        }
        return EventLoopFuture.andAllSucceed(answers, on: eventLoop)
    }
}
