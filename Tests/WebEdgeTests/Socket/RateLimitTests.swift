import ChatModel
import CoreMetrics
import NIOCore
import Testing

@testable import WebEdge

@Suite struct RateLimitTests {
    private static let start = NIODeadline.uptimeNanoseconds(1)

    @Test func aBurstIsAcceptedAndThenTheRate() throws {
        var limit = RateLimit(try #require(.init(perSecond: 5, burst: 3)), now: Self.start)
        for _ in 0..<3 { #expect(limit.take(1, at: at(0)) == .taken) }
        #expect(limit.take(1, at: at(0)) == .refused(retryAfterMs: 200))
        #expect(limit.take(1, at: at(150)) == .refused(retryAfterMs: 50))
        #expect(limit.take(1, at: at(200)) == .taken)
        #expect(limit.take(0.25, at: at(200)) == .refused(retryAfterMs: 50))
        #expect(limit.take(0.25, at: at(250)) == .taken)
    }

    @Test func idleTimeEarnsAtMostABurst() throws {
        var limit = RateLimit(try #require(.init(perSecond: 5, burst: 2)), now: Self.start)
        for _ in 0..<2 { #expect(limit.take(1, at: at(3_600_000)) == .taken) }
        #expect(limit.take(1, at: at(3_600_000)) == .refused(retryAfterMs: 200))
    }

    @Test func tenRejectedBurstsAreAFlood() throws {
        var limit = RateLimit(try #require(.init(perSecond: 1, burst: 2)), now: Self.start)
        let verdicts = (0..<23).map { _ in limit.take(1, at: at(0)) }
        #expect(verdicts.filter { $0 == .taken }.count == 2)
        #expect(verdicts.dropFirst(2).dropLast().allSatisfy { $0 == .refused(retryAfterMs: 1_000) })
        #expect(verdicts.last == .flood)
    }

    @Test func aCostAboveABurstTakesAllOfIt() throws {
        var limit = RateLimit(try #require(.init(perSecond: 1, burst: 2)), now: Self.start)
        #expect(limit.take(5, at: at(0)) == .taken)
        #expect(limit.take(5, at: at(0)) == .refused(retryAfterMs: 2_000))
        #expect(limit.take(5, at: at(2_000)) == .taken)
    }

    @Test func aClockThatGoesBackEarnsNothing() throws {
        var limit = RateLimit(try #require(.init(perSecond: 1, burst: 1)), now: at(1_000))
        #expect(limit.take(1, at: at(0)) == .taken)
        #expect(limit.take(1, at: at(500)) == .refused(retryAfterMs: 1_000))
        #expect(limit.take(1, at: at(2_000)) == .taken)
    }

    @Test func aRateOfZeroMeansNoLimit() {
        #expect(RateLimit.Configuration(perSecond: 0, burst: 20) == nil)
        let allowance = Allowance(nil, now: Self.start)
        for _ in 0..<1_000 { #expect(allowance.take(1, at: at(0)) == .taken) }
    }

    @Test func reconnectingDoesNotRefillTheAllowance() {
        let table = UserTable(
            rate: .init(perSecond: 1, burst: 1), metrics: EdgeMetrics(factory: NOOPMetricsHandler.instance))
        let ada = UserID("ada")
        let socket = UserSocket(id: SocketID(1), outlet: nil)
        #expect(table.enter(ada, by: socket, at: at(0)).take(1, at: at(0)) == .taken)
        table.leave(ada, by: socket.id, at: at(0))
        #expect(table.enter(ada, by: socket, at: at(1)).take(1, at: at(1)) == .refused(retryAfterMs: 999))
        #expect(table.enter(UserID("bob"), by: socket, at: at(1)).take(1, at: at(1)) == .taken)
        table.leave(ada, by: socket.id, at: at(5_000))
        #expect(table.enter(ada, by: socket, at: at(5_000)).take(1, at: at(5_000)) == .taken)
    }

    private func at(_ milliseconds: Int64) -> NIODeadline { Self.start + .milliseconds(milliseconds) }
}
