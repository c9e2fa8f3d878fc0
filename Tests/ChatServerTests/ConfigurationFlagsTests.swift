import ArgumentParser
import Testing

@testable import ChatServer

@Suite struct ConfigurationFlagsTests {
    @Test func flagsAreReadWithTheirValues() throws {
        let flags = try ConfigurationFlags([
            "--port", "80", "--redis-url=redis://h/1?a=b", "--webchat-dev", "--static-dir", "--odd",
        ])
        #expect(
            flags.values == ["PORT": "80", "REDIS_URL": "redis://h/1?a=b", "WEBCHAT_DEV": "on", "STATIC_DIR": "--odd"])
    }

    @Test(arguments: [
        (["--colour", "red"], "unknown argument \"--colour\""), (["server"], "unknown argument \"server\""),
        (["-p", "1"], "unknown argument \"-p\""), (["--port"], "--port needs a value"),
        (["--port", "1", "--port=2"], "--port is set twice"), ([""], "unknown argument \"\""),
    ])
    func otherArgumentsAreRejected(arguments: [String], complaint: String) {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFlags(arguments) }
        #expect(error?.description.hasPrefix(complaint) == true)
    }

    @Test func flagsWorkWithAndWithoutServe() throws {
        for arguments in [["serve", "--port", "80"], ["--port", "80"]] {
            let serve = try #require(try Webchat.parseAsRoot(arguments) as? Serve)
            #expect(serve.arguments == ["--port", "80"])
        }
    }

    @Test func otherCommandsHaveTheirOwnFlags() throws {
        let table = try #require(try Webchat.parseAsRoot(["cluster", "--url", "http://h"]) as? ClusterTable)
        #expect(table.url == "http://h")
        let health = try #require(try Webchat.parseAsRoot(["health", "--live"]) as? Health)
        #expect(health.live)
    }
}
