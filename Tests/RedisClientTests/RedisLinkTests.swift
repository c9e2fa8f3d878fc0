import NIOCore
import TestSupport
import Testing

@testable import RedisClient

@Suite(.timeLimit(.minutes(1))) struct RedisLinkTests {
    @Test func tenThousandPipelinedCommandsAreAnsweredInOrder() async throws {
        try await RedisFixture.connected { redis, _, link in
            let caller = redis.loops.next()
            let answers = Journal<Int64>()
            caller.execute {
                for number in 0..<10_000 {
                    link.send(RedisCommand(.publish, "RPUSH", "list", number), on: caller) { result in
                        caller.preconditionInEventLoop()
                        answers.add((try? result.get().integer()) ?? -1)
                    }
                }
            }
            #expect(await eventually { answers.all.count == 10_000 })
            #expect(answers.all == Array(1...10_000))
            let list = try await link.send(RedisCommand(.read, "LRANGE", "list", 0, -1)).array()
            #expect(try list.map { try $0.integer() } == Array(0..<10_000))
        }
    }

    @Test func anErrorReplyIsAnErrorWithItsPrefix() async throws {
        try await RedisFixture.connected { _, _, link in
            _ = try await link.send(RedisCommand(.read, "SET", "text", "x"))
            let error = await #expect(throws: RedisError.self) {
                try await link.send(RedisCommand(.read, "LPUSH", "text", "y"))
            }
            #expect(error?.code == .server(prefix: "WRONGTYPE"))
            #expect(try await link.send(RedisCommand(.read, "GET", "text")).string() == "x")
        }
    }

    @Test func theUserAndTheDatabaseOfTheURLAreUsed() async throws {
        let user = ["--user", "chat", "on", ">p@ss", "~*", "&*", "+@all"]
        try await RedisFixture.with(password: "default-secret", arguments: user) { redis, server in
            let url = "redis://chat:p%40ss@127.0.0.1:\(server.port)/5"
            try await redis.withLink(redis.configuration(url)) { link in
                #expect(try await link.send(RedisCommand(.read, "ACL", "WHOAMI")).string() == "chat")
                _ = try await link.send(RedisCommand(.read, "SET", "where", "five"))
            }
            #expect(try server.cli("-n", "5", "GET", "where") == "five")
            try await redis.withLink { link in
                let user = try await link.send(RedisCommand(.read, "ACL", "WHOAMI")).string()
                #expect(user == "default")
            }
        }
    }

    @Test(arguments: ["redis://:wrong@127.0.0.1", "redis://127.0.0.1", "redis://nobody:wrong@127.0.0.1"])
    func wrongCredentialsGiveAClearErrorWithoutThem(url: String) async throws {
        try await RedisFixture.with(password: "secret") { redis, server in
            var configuration = try redis.configuration("\(url):\(server.port)")
            configuration.connectTimeout = .seconds(30)
            let link = redis.link(configuration)
            let error = await #expect(throws: RedisError.self) { try await link.run() }
            #expect(error?.code == .connectFailed)
            let text = try #require(error?.description)
            #expect(text.contains("check user and password in REDIS_URL"))
            #expect(!text.contains(":wrong"))
        }
    }

    @Test func anUnreachableServerFailsTheRunAndEveryCommandAtOnce() async throws {
        let port = try freePort()
        let server = try RedisURL("redis://127.0.0.1:\(port)")
        try await RedisFixture.with { redis, _ in
            let link = redis.link(RedisConfiguration(url: server))
            let failure = await #expect(throws: RedisError.self) { try await link.run() }
            #expect(failure?.code == .connectFailed)
            let refusal = await #expect(throws: RedisError.self) { try await link.send(RedisCommand(.read, "PING")) }
            #expect(refusal?.code == .notConnected)
        }
    }

    @Test func aTimedOutCommandFailsAndItsLateAnswerIsDropped() async throws {
        try await RedisFixture.connected(configure: {
            $0.commandTimeout = .milliseconds(200)
            $0.lostAfter = .seconds(30)
        }) { _, server, link in
            try server.cli("CLIENT", "PAUSE", "3000", "ALL")
            let error = await #expect(throws: RedisError.self) {
                try await link.send(RedisCommand(.read, "ECHO", "late"))
            }
            #expect(error?.code == .timedOut)
            #expect(await eventually { (try? await link.send(RedisCommand(.read, "ECHO", "next")).string()) == "next" })
            #expect(link.isConnected)
        }
    }

    @Test func aStalledServerIsDisconnectedAndReconnected() async throws {
        try await RedisFixture.connected(configure: {
            $0.commandTimeout = .milliseconds(100)
            $0.lostAfter = .milliseconds(300)
            $0.pingInterval = .milliseconds(50)
            $0.connectTimeout = .milliseconds(300)
        }) { _, server, link in
            server.pause()
            #expect(await eventually { !link.isConnected }, "an idle connection is asked, too")
            server.resume()
            #expect(await eventually { link.isConnected })
            #expect(
                await eventually { (try? await link.send(RedisCommand(.read, "ECHO", "hello")).string()) == "hello" })
        }
    }

    @Test func commandsBeyondTheQueueAreRejectedAndTheRestAnswered() async throws {
        try await RedisFixture.connected(configure: { $0.maximumPending = 100 }) { redis, server, link in
            let caller = redis.loops.next()
            let codes = Journal<RedisError.Code?>()
            try server.cli("CLIENT", "PAUSE", "1000", "ALL")
            caller.execute {
                for _ in 0..<300 {
                    link.send(RedisCommand(.publish, "PING"), on: caller) { result in
                        if case .failure(let error) = result { codes.add(error.code) } else { codes.add(nil) }
                    }
                }
            }
            #expect(await eventually { codes.all.count == 300 })
            #expect(codes.all.filter { $0 == .overloaded }.count >= 100)
            #expect(codes.all.contains(nil))
            #expect(codes.all.allSatisfy { $0 == nil || $0 == .overloaded })
        }
    }

    @Test func aMissingScriptReconnectsAndLoadsItAgain() async throws {
        let setup = [RedisCommand(.setup, "SCRIPT", "LOAD", "return 'mine'")]
        try await RedisFixture.connected(setup: setup) { _, server, link in
            let digest = try server.cli("SCRIPT", "LOAD", "return 'mine'")
            let command = RedisCommand(.publish, "EVALSHA", digest, 0)
            #expect(try await link.send(command).string() == "mine")
            try server.cli("SCRIPT", "FLUSH")
            let error = await #expect(throws: RedisError.self) { try await link.send(command) }
            #expect(error?.code == .server(prefix: "NOSCRIPT"))
            #expect(await eventually { (try? await link.send(command).string()) == "mine" })
        }
    }

    @Test func aPrimaryThatBecameAReplicaIsReconnected() async throws {
        try await RedisFixture.connected { _, server, link in
            let command = RedisCommand(.read, "SET", "key", "value")
            let connection = RedisCommand(.read, "CLIENT", "ID")
            let before = try await link.send(connection).integer()
            #expect(try await link.send(command).string() == "OK")
            try server.cli("REPLICAOF", "127.0.0.1", "1")
            let error = await #expect(throws: RedisError.self) { try await link.send(command) }
            #expect(error?.code == .server(prefix: "READONLY"))
            #expect(
                await eventually {
                    let now = try? await link.send(connection).integer()
                    return now != nil && now != before
                })
            try server.cli("REPLICAOF", "NO", "ONE")
            #expect(await eventually { (try? await link.send(command).string()) == "OK" })
        }
    }

    @Test func aKilledServerFailsWaitingCommandsAndIsReconnected() async throws {
        try await RedisFixture.connected { redis, server, link in
            let caller = redis.loops.next()
            let codes = Journal<RedisError.Code>()
            try await caller.submit {
                link.send(RedisCommand(.read, "BLPOP", "nobody", "0"), on: caller) { result in
                    if case .failure(let error) = result { codes.add(error.code) }
                }
            }.get()
            #expect(try await eventually { try server.cli("CLIENT", "LIST").contains("cmd=blpop") })
            await server.kill()
            #expect(await eventually { codes.all == [.connectionLost] })
            #expect(await eventually { !link.isConnected })
            try await server.launch()
            #expect(await eventually { link.isConnected })
        }
    }

    @Test func aCommandMeantForAConnectionFailsOnAnother() async throws {
        try await RedisFixture.connected { redis, server, link in
            let caller = redis.loops.next()
            func increment(only number: Int) async throws -> Result<RedisReply, RedisError> {
                let answer = caller.makePromise(of: Result<RedisReply, RedisError>.self)
                caller.execute {
                    link.send(RedisCommand(.publish, "INCR", "n"), on: caller, only: number) { answer.succeed($0) }
                }
                return try await answer.futureResult.get()
            }
            let first = link.connectionNumber
            #expect(try await increment(only: first).get().integer() == 1)
            try server.cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            #expect(await eventually { link.isConnected && link.connectionNumber != first })
            let refused = try await increment(only: first)
            let error = #expect(throws: RedisError.self) { try refused.get() }
            #expect(error?.code == .connectionLost)
            #expect(try await increment(only: link.connectionNumber).get().integer() == 2)
        }
    }
}
