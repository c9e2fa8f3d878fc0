import Supervision
import Testing

@testable import RedisClient

@Suite struct RedisOutageStateMachineTests {
    private let start = ContinuousClock.now
    private var connections = RedisOutageStateMachine()
    private let all: [RedisPurpose] = [.publish, .read, .subscribe(0)]

    init() {
        for purpose in all { connections.expect(purpose) }
    }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private mutating func open(_ purposes: [RedisPurpose], at seconds: Double) -> [RedisOutageStateMachine.Line] {
        purposes.compactMap { connections.opened($0, now: at(seconds)) }
    }

    private mutating func lose(_ purpose: RedisPurpose, at seconds: Double) {
        connections.closed(purpose)
        connections.lost(reason: "gone", now: at(seconds))
    }

    @Test mutating func theFirstConnectIsOneLineWhenAllAreConnected() {
        #expect(connections.missing == ["publish", "read", "subscribe-0"])
        #expect(!connections.carries)
        #expect(open(all, at: 0) == [.connected])
        #expect(connections.missing.isEmpty && connections.carries)
    }

    @Test mutating func anOutageIsReportedOnceEachMinuteAndAtItsEnd() {
        _ = open(all, at: 0)
        for purpose in all { lose(purpose, at: 10) }
        #expect(
            connections.attemptFailed(reason: "refused", now: at(10.25))
                == .outage(reason: "refused", missing: ["publish", "read", "subscribe-0"]))
        for quarter in 42..<281 {
            #expect(connections.attemptFailed(reason: "refused", now: at(Double(quarter) / 4)) == nil)
        }
        #expect(open([.read], at: 70) == [])
        #expect(
            connections.attemptFailed(reason: "wrong password", now: at(70.25))
                == .outageGoesOn(
                    reason: "wrong password", missing: ["publish", "subscribe-0"], attempts: 240, within: .seconds(60)))
        #expect(!connections.carries)
        #expect(
            open([.publish, .subscribe(0)], at: 71)
                == [.outageEnded(.init(lasted: .seconds(61), failures: 241))], "it began when the connections were lost"
        )
    }

    @Test mutating func anOutageAtStartupEndsLikeAnyOther() {
        #expect(connections.attemptFailed(reason: "refused", now: at(0)) != nil)
        #expect(open(all, at: 2) == [.outageEnded(.init(lasted: .seconds(2), failures: 1))])
    }

    @Test mutating func briefLossesAreAtMostOneLinePerMinute() {
        _ = open(all, at: 0)
        lose(.subscribe(0), at: 5)
        #expect(open([.subscribe(0)], at: 5.5) == [.mended(after: .seconds(0.5), reason: "gone", lost: 1)])
        for second in 6..<65 {
            lose(.subscribe(0), at: Double(second))
            #expect(open([.subscribe(0)], at: Double(second) + 0.25) == [])
        }
        lose(.subscribe(0), at: 66)
        #expect(open([.subscribe(0)], at: 66.25) == [.mended(after: .seconds(0.25), reason: "gone", lost: 60)])
        lose(.read, at: 200)
        #expect(open([.read], at: 200.25) == [.mended(after: .seconds(0.25), reason: "gone", lost: 1)])
    }

    @Test mutating func messagesFlowWhileOnlyReadingIsDown() {
        _ = open(all, at: 0)
        lose(.read, at: 1)
        #expect(connections.carries && connections.missing == ["read"])
        lose(.publish, at: 1)
        #expect(!connections.carries)
    }
}
