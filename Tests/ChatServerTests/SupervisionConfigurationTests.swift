import Actors
import Supervision
import Testing

@testable import ChatServer

@Suite struct SupervisionConfigurationTests {
    private let directory = TemporaryDirectory()

    private func resolve(_ environment: [String: String]) throws -> NodeConfiguration {
        try NodeConfiguration(flags: [:], environment: environment, surroundings: try directory.surroundings())
    }

    @Test func everyLevelHasItsOwn() throws {
        let configuration = try resolve([
            "RESTARTS_CONNECTION": "3/500ms", "RESTARTS_ROOM": "0/1h", "BACKOFF_REDIS": "50ms-2s",
            "BACKOFF_SERVICE": "1s-5m",
        ])
        #expect(configuration.actors.connectionRestarts == RestartIntensity(3, in: .milliseconds(500)))
        #expect(configuration.actors.roomRestarts == RestartIntensity(0, in: .seconds(3_600)))
        #expect(configuration.redisBackoff == Backoff(base: .milliseconds(50), cap: .seconds(2)))
        #expect(configuration.serviceBackoff == Backoff(base: .seconds(1), cap: .seconds(300)))
    }

    @Test func theDefaultsAreThoseThatTheTableNames() throws {
        let unset = try resolve([:])
        let asWritten = try resolve(
            Dictionary(
                uniqueKeysWithValues: ConfigurationVariable.supervision.map { ($0.name, $0.fallback) }))
        #expect(unset.actors.connectionRestarts == asWritten.actors.connectionRestarts)
        #expect(unset.actors.roomRestarts == asWritten.actors.roomRestarts)
        #expect(unset.redisBackoff == asWritten.redisBackoff)
        #expect(unset.serviceBackoff == asWritten.serviceBackoff)
    }

    @Test(arguments: [
        ("RESTARTS_ROOM", "5"), ("RESTARTS_ROOM", "5/"), ("RESTARTS_ROOM", "/10s"), ("RESTARTS_ROOM", "-1/10s"),
        ("RESTARTS_ROOM", "1001/10s"), ("RESTARTS_ROOM", "5/0s"), ("RESTARTS_ROOM", "5/2h"), ("RESTARTS_ROOM", "5/10"),
        ("RESTARTS_CONNECTION", "5/10d"), ("RESTARTS_CONNECTION", "5/99999999999999999999s"),
        ("RESTARTS_CONNECTION", "5/٣s"), ("BACKOFF_REDIS", "1s-100ms"), ("BACKOFF_REDIS", "100ms"),
        ("BACKOFF_REDIS", "0ms-1s"), ("BACKOFF_SERVICE", "1s-2s-3s"),
    ])
    func aWrongValueIsNamedWithAnExampleOfARightOne(variable: String, value: String) throws {
        let said = #expect(throws: ConfigurationError.self) { try resolve([variable: value]) }?.description
        let example = try #require(ConfigurationVariable.all.first { $0.name == variable }?.fallback)
        #expect(said?.hasPrefix("\(variable) is \"\(value)\", but must be ") == true)
        #expect(said?.hasSuffix("such as \(example)") == true)
    }
}
