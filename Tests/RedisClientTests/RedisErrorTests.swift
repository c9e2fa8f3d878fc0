import NIOCore
import TestSupport
import Testing

@testable import RedisClient

@Suite struct RedisErrorTests {
    @Test(arguments: [
        ("DENIED Redis is running in protected mode because protected mode is enabled.", "DENIED", "protected-mode"),
        ("ERR max number of clients reached", "ERR", "maxclients"),
        ("NOAUTH Authentication required.", "NOAUTH", "REDIS_URL"),
    ])
    func unsolicitedErrorsAreQuotedWithAdvice(text: String, prefix: String, advice: String) {
        let error = RedisError.unasked(.error(text))
        #expect(error.code == .server(prefix: prefix))
        #expect(error.description.hasPrefix("Redis refused the connection (\(text.prefix(30))"))
        #expect(error.description.contains(advice))
        #expect(!error.description.contains(".)"))
    }

    @Test(arguments: [
        "ERR The user executing the script can't run this command or subcommand script: 4e9a1b, on @user_script:138.",
        "ERR ACL failure in script: User webchat has no permissions to run the 'info' command script: 4e9a1b",
    ])
    func aDeniedCommandInAScriptIsAMissingRight(text: String) {
        #expect(RedisError.server(text).code == .server(prefix: "NOPERM"))
        #expect(RedisError.server(text).advised.contains("permissions"))
    }

    /// As Redis 6.2, KeyDB and Redis 7 say it, from inside of a script and not.
    @Test(arguments: [
        ("READONLY You can't write against a read only replica.", "READONLY"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "OOM"),
        ("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", "MISCONF"),
        ("NOREPLICAS Not enough good replicas to write.", "NOREPLICAS"),
        ("BUSY Redis is busy running a script.", "BUSY"),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE"),
        ("LOADING Redis is loading the dataset in memory", "LOADING"), ("MOVED 866 127.0.0.1:7001", "MOVED"),
        ("NOPERM this user has no permissions to run the 'xadd' command", "NOPERM"),
    ])
    func errorsInsideScriptsAreRecognised(text: String, prefix: String) {
        #expect(RedisError.server(text).code == .server(prefix: prefix))
        for wrapped in [
            "\(text) script: 4e9a1b, on @user_script:138.",
            "ERR Error running script (call to f_4e9a1b): @user_script:138: @user_script: 138: -\(text)",
            "ERR Error running script (call to f_4e9a1b): @user_script:138: @user_script: 138: \(text)",
            "ERR Error running script (call to f_4e9a1b): @user_script:138: -\(text)",
            "ERR Error running script (call to f_4e9a1b): @user_script:138: \(text)",
        ] {
            #expect(RedisError.server(wrapped).code == .server(prefix: prefix), "\(wrapped)")
        }
    }

    @Test(arguments: [
        "ERR unknown command 'FOO'", "ERR max number of clients reached",
        "ERR Error running script (call to f_1): @user_script:3: user_script:3: attempt to index a nil value",
        "ERR Error compiling script (new function): user_script:1: '=' expected near 'READONLY'",
        "ERR no READONLY here", "ERR Error running script (call to f_1): @user_script:3: -A b",
    ])
    func otherErrorsAreKeptAsTheyAre(text: String) {
        #expect(RedisError.server(text).code == .server(prefix: "ERR"))
    }

    @Test func missingPermissionsInsideScriptsAreRecognised() {
        let text =
            "ERR Error running script (call to f_1): @user_script:1: @user_script: 1: The user executing the script can't "
            + "run this command or subcommand"
        #expect(RedisError.server(text).code == .server(prefix: "NOPERM"))
    }

    @Test func otherUnsolicitedRepliesAreProtocolViolations() {
        #expect(RedisError.unasked(.status("OK")).description == "unexpected reply from Redis: OK")
        #expect(RedisError.unasked(.bulk([1])).code == .protocolViolation)
    }

    @Test func longErrorsAreTruncated() {
        let long = "ERR " + String(repeating: "very ", count: 1_000)
        #expect(RedisError.server(long).description.count < 200)
        #expect(RedisError.unasked(.error(long)).description.count < 300)
        #expect(RedisError.unasked(.status(long)).description.count < 300)
    }

    @Test func anUnreachableServerIsOneShortSentence() async throws {
        try await RedisFixture.with { redis, server in
            await server.kill()
            let error = await #expect(throws: RedisError.self) { try await redis.link(redis.configuration()).run() }
            #expect(error?.description == "cannot connect to redis://127.0.0.1:\(server.port)/0: connection refused")
        }
    }

    @Test func anUnresolvedHostIsReportedAsOne() async throws {
        try await RedisFixture.with { redis, _ in
            let configuration = try redis.configuration("redis://no-such-host.invalid")
            let error = await #expect(throws: RedisError.self) { try await redis.link(configuration).run() }
            #expect(error?.description.hasSuffix("cannot resolve the host") == true)
        }
    }

    /// Whether its words come before the first command is sent or after is chance, and must not matter.
    @Test func aFullServerIsReportedAsOne() async throws {
        try await RedisFixture.with { redis, server in
            try server.cli("CONFIG", "SET", "maxclients", "1")
            try await redis.withLink { _ in
                let error = await #expect(throws: RedisError.self) {
                    try await redis.link(redis.configuration()).run()
                }
                let text = try #require(error?.description)
                #expect(text.contains("max number of clients reached"))
                #expect(text.contains("raise Redis' maxclients"))
            }
        }
    }
}
