import CoreMetrics
import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import Identity

@Suite(.timeLimit(.minutes(1))) struct KeySetServiceTests {
    private let samples: TokenSamples

    init() throws { samples = try TokenSamples() }

    private func verifier(_ source: IdentityConfiguration.KeySource) async throws -> TokenVerifier {
        try await TokenVerifier(
            configuration: IdentityConfiguration(
                source: source, issuer: TokenSamples.issuer, audience: TokenSamples.audience),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            metrics: IdentityMetrics(factory: NOOPMetricsHandler.instance), logger: Logger(label: "test"))
    }

    private func verifier(_ server: KeyServer, path: String = "keys") async throws -> TokenVerifier {
        try await verifier(.address(server.address(path)))
    }

    /// Runs the service of a verifier meanwhile.
    private func running<Value: Sendable>(
        _ verifier: TokenVerifier, _ body: (KeySetService) async throws -> Value
    ) async throws -> Value {
        let service = try #require(verifier.keySetService)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            defer { group.cancelAll() }
            return try await body(service)
        }
    }

    private func untilReady(_ service: KeySetService) async throws {
        try await eventually("keys are there", state: { service.unreadyReason ?? "" }) { service.unreadyReason == nil }
    }

    /// `nil`: accepted.
    private func refusal(_ verifier: TokenVerifier, _ name: String) async throws -> TokenError.Code? {
        do {
            _ = try await verifier.verify(samples.token(name), now: samples.now)
            return nil
        } catch let error as TokenError {
            return error.code
        }
    }

    @Test func keysAreFetchedAtStart() async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        let verifier = try await verifier(server)
        #expect(verifier.keySetService?.unreadyReason != nil)
        #expect(verifier.keySetService?.lastSuccess == nil)
        #expect(try await refusal(verifier, "es256") == .noKeys)
        try await running(verifier) { service in
            try await untilReady(service)
            #expect(service.lastSuccess != nil)
            #expect(service.degradedReason == nil)
            #expect(try await refusal(verifier, "es256") == nil)
            #expect(server.requests == 1)
        }
        // Again, as a supervisor may, and with a client of its own.
        try await running(verifier) { _ in try await eventually("a second fetch") { server.requests == 2 } }
    }

    @Test func aTokenWaitsForTheFirstFetch() async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        try server.delay(0.3)
        let verifier = try await verifier(server)
        try await running(verifier) { _ in
            try await eventually("the fetch has begun") { server.requests == 1 }
            #expect(try await refusal(verifier, "es256") == nil)
        }
    }

    @Test func aNewKeyOfTheIssuerIsFetchedWhenATokenNamesIt() async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        let verifier = try await verifier(server)
        try await running(verifier) { service in
            try await untilReady(service)
            try server.serve(samples.keySet("new"))
            #expect(try await refusal(verifier, "new") == nil)
            #expect(server.requests == 2)
            // The old keys are gone. No token causes another fetch within a minute; until then it is not refused for good.
            for name in ["es256", "rs256", "edDSA"] { #expect(try await refusal(verifier, name) == .noKeys) }
            #expect(server.requests == 2)
        }
    }

    @Test func manyTokensShareOneFetch() async throws {
        let server = try await KeyServer(keys: samples.keySet("es"))
        let verifier = try await verifier(server)
        try await running(verifier) { service in
            try await untilReady(service)
            try server.serve(samples.keySet("new"))
            try server.delay(0.5)
            let refusals = try await refusals(of: "new", by: verifier, count: 300)
            #expect(refusals.allSatisfy { $0 == nil })
            #expect(server.requests == 2)
        }
    }

    @Test func tooManyTokensDoNotWait() async throws {
        let server = try await KeyServer(keys: samples.keySet("es"))
        let verifier = try await verifier(server)
        try await running(verifier) { service in
            try await untilReady(service)
            try server.serve(samples.keySet("new"))
            try server.delay(3)
            let refusals = try await refusals(of: "new", by: verifier, count: KeySetService.mostWaiting + 100)
            #expect(refusals.count { $0 == .busy } == 100)
            #expect(refusals.count { $0 == nil } == KeySetService.mostWaiting)
        }
    }

    private func refusals(
        of name: String, by verifier: TokenVerifier, count: Int
    ) async throws -> [TokenError.Code?] {
        try await withThrowingTaskGroup(of: TokenError.Code?.self) { group in
            for _ in 0..<count { group.addTask { try await self.refusal(verifier, name) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func theLastGoodKeysStayWhileTheIssuerIsAway() async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        let verifier = try await verifier(server)
        try await running(verifier) { service in
            try await untilReady(service)
            server.stop()
            #expect(try await refusal(verifier, "new") == .noKeys)
            #expect(service.unreadyReason == nil)
            #expect(service.degradedReason != nil)
            #expect(try await refusal(verifier, "es256") == nil)
            // Soon, not after ten minutes.
            let again = try await KeyServer(keys: samples.keySet("new"), port: server.port)
            try await eventually("the issuer's new key") { try await refusal(verifier, "new") == nil }
            #expect(service.degradedReason == nil)
            withExtendedLifetime(again) {}
        }
    }

    @Test(arguments: ["html", "endless", "redirect", "broken"])
    func anAnswerThatIsNoKeySetGivesTheReason(path: String) async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        let verifier = try await verifier(server, path: path)
        try await running(verifier) { service in
            #expect(try await refusal(verifier, "es256") == .noKeys)
            try await eventually("a reason") { service.unreadyReason?.contains("not been fetched") == false }
        }
    }

    @Test func aFileIsReadAgainForAnUnknownKey() async throws {
        let directory = TemporaryDirectory()
        let file = try directory.write(String(buffer: samples.keySet("good")), to: "keys.json")
        let verifier = try await verifier(.file(file))
        try await running(verifier) { service in
            try await untilReady(service)
            #expect(try await refusal(verifier, "es256") == nil)
            try directory.write(String(buffer: samples.keySet("new")), to: "keys.json")
            #expect(try await refusal(verifier, "new") == nil)
        }
    }

    @Test func whoeverWaitsGoesOnWhenCancelled() async throws {
        let server = try await KeyServer(keys: samples.keySet("es"))
        let verifier = try await verifier(server)
        try await running(verifier) { service in
            try await untilReady(service)
            try server.delay(60)
            let before = ContinuousClock.now
            let token = Task { try await refusal(verifier, "new") }
            try await eventually("it waits") { service.waiting == 1 }
            token.cancel()
            #expect(try await token.value == .unknownKey)
            #expect(service.waiting == 0)
            #expect(ContinuousClock.now - before < .seconds(4))
        }
    }

    @Test func whoeverWaitsGoesOnWhenTheServiceEnds() async throws {
        let server = try await KeyServer(keys: samples.keySet("es"))
        let verifier = try await verifier(server)
        let before = Mutex(ContinuousClock.now)
        let token = try await running(verifier) { service in
            try await untilReady(service)
            try server.delay(60)
            let token = Task { try await refusal(verifier, "new") }
            try await eventually("it waits") { service.waiting == 1 }
            before.withLock { $0 = .now }
            return token
        }
        #expect(try await token.value == .unknownKey)
        #expect(before.withLock { .now - $0 } < .seconds(4))
        #expect(try await refusal(verifier, "new") == .noKeys)
    }
}
