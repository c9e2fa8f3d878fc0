import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Redis is away for a while: the node says so, and is whole again within 2 s of its return. (The quick form, which
    /// runs on any machine, gives it more.)
    struct RedisAwayTests {
        private static let promised = FaultScale.choose(quick: Duration.seconds(10), long: .seconds(2))

        @Test func theNodeReportsTheOutageAndRecoversWithinTwoSeconds() async throws {
            try await withCluster(2) { redis, nodes in
                let ann = try await Conversation.inLobby(nodes[0], name: "ann")
                let bob = try await Conversation.inLobby(nodes[1], name: "bob")
                await redis.kill()
                // Within five seconds everybody knows.
                for who in [ann, bob] { #expect(try await who.status(within: .seconds(5)) == false) }
                for node in nodes {
                    let report = try await node.get("/cluster").body
                    #expect(report.contains(#""connected":false,"trouble":"no connection to Redis"#), "\(report)")
                    #expect(report.contains(#""degraded":["no connection to Redis"#))
                    #expect(!report.contains(#""events":[],"servers""#), "the event is remembered")
                }
                try await eventually("the nodes are not ready") {
                    for node in nodes where try await node.get("/readyz").status != 503 { return false }
                    return true
                }
                #expect(try await nodes[0].get("/readyz").body.contains("no connection to Redis"))
                try await ann.say(#"{"type":"chat","room":"lobby","key":"away","text":"is anybody here?"}"#)
                #expect(try await ann.error().code == .unavailable)
                // Long enough that the reconnects have come to their longest waits.
                try await Task.sleep(for: .seconds(5))

                try await redis.launch()
                let returned = ContinuousClock.now
                try await eventually("bob hears ann again", within: .seconds(20)) {
                    try await ann.say(#"{"type":"chat","room":"lobby","key":"back","text":"back again"}"#)
                    return
                        (try? await bob.first(within: .milliseconds(100)) { frame in
                            switch frame {
                            case .chat(_, _, let message) where message.text == "back again": true
                            case .reset(let reset) where reset.messages.contains { $0.text == "back again" }: true
                            default: nil
                            }
                        }) ?? false
                }
                let heard = ContinuousClock.now - returned
                #expect(heard < Self.promised, "heard after \(heard)")
                for node in nodes { try await node.waitUntilReady() }
                #expect(try await ann.status(), "and that it is over")
                #expect(try await nodes[0].get("/cluster").body.contains(#""connected":true,"trouble":null"#))
            }
        }
    }
}
