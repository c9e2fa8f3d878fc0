import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    struct DrainTests {
        @Test func aTerminatedNodeSaysGoodbyeToEverySocketAndExits() async throws {
            try await withCluster(1) { redis, nodes in
                let conversations = [try await Conversation.open(nodes[0]), try await Conversation.open(nodes[0])]
                _ = try await conversations[0].join("lobby")
                let plain = try RawSocket(port: nodes[0].port)
                _ = try await plain.upgrade(version1: false)
                try await conversations[0].say(#"{"type":"chat","room":"lobby","key":"last","text":"last words"}"#)
                #expect(try await conversations[0].ack().key == "last")

                nodes[0].signal(SIGTERM)
                for conversation in conversations {
                    let delay = try await conversation.first { frame in
                        if case .goodbye(_, let delay) = frame { delay } else { nil }
                    }
                    #expect((0...60_000).contains(delay))
                    #expect(try await conversation.raw.closeCode() == 1012)
                }
                #expect(try await plain.closeCode() == 1012)
                let status = try await nodes[0].waitForExit()
                try #require(status == 0)
                #expect(try redis.cli("KEYS", "webchat:node:*") == "", "its contact card is taken away")
            }
        }

        @Test func aDrainingNodeIsNotReadyFirstAndThenClosesAFewSocketsAtATime() async throws {
            try await withNodes(1, environment: ["DRAIN_GRACE": "1", "DRAIN_SECONDS": "20"]) { nodes in
                let node = nodes[0]
                let sockets = try await node.sockets(15, version1: false)
                let begin = ContinuousClock.now
                node.signal(SIGTERM)
                try await eventually("the node is not ready") { try await node.get("/readyz").status == 503 }
                let late = try await RawSocket(port: node.port).upgrade()
                #expect(late.status == 503 && late.headers["retry-after"] != nil)

                func told(_ count: Double) async throws -> Duration {
                    let series = #"webchat_disconnections_total{reason="server_shutdown"}"#
                    try await eventually("\(count) sockets are told") { try await node.metric(series) >= count }
                    return ContinuousClock.now - begin
                }
                let first = try await told(1)
                let last = try await told(15)
                #expect(first >= .seconds(1), "after the grace")
                #expect(last - first > .seconds(2), "five a second")
                for socket in sockets { #expect(try await socket.closeCode() == 1012) }
                let status = try await node.waitForExit()
                try #require(status == 0)
            }
        }

        @Test func socketsThatDoNotAnswerDoNotDelayTheExit() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Conversation.open(nodes[0])
                _ = try await ann.join("lobby")
                nodes[0].signal(SIGTERM)
                let status = try await nodes[0].waitForExit()
                try #require(status == 0)
            }
        }

        /// Whether it is told to end or killed.
        @Test(arguments: [SIGTERM, SIGKILL])
        func clientsMoveToTheOtherNodeAndMissNothing(signal: Int32) async throws {
            try await withCluster(2) { _, nodes in
                let crowd = Crowd(16, on: nodes, rooms: [.lobby])
                defer { crowd.stop() }
                try await crowd.start()
                crowd.send("first", key: "first", from: 0, to: .lobby)
                try await crowd.waitUntilSettled(within: .seconds(30))
                for number in 0..<200 {
                    crowd.send("message \(number)", key: "k\(number)", from: number % 16, to: .lobby)
                    if number == 100 { nodes[0].signal(signal) }
                    try await Task.sleep(for: .milliseconds(5))
                }
                let status = try await nodes[0].waitForExit()
                try #require(status == (signal == SIGTERM ? 0 : -SIGKILL))
                try await crowd.waitUntilSettled(within: .seconds(30))
                let verdict = crowd.record.verdict
                try #require(verdict.isClean && verdict.reportedGaps == 0, "\(verdict)")
                #expect(crowd.record.connections > 16)
                #expect((crowd.record.times(closedWith: 1012) > 0) == (signal == SIGTERM))
            }
        }

        @Test func aSecondSignalExitsAtOnce() async throws {
            try await withNodes(1, environment: ["DRAIN_GRACE": "20", "DRAIN_SECONDS": "40"]) { nodes in
                let ann = try await Conversation.open(nodes[0])
                nodes[0].signal(SIGTERM)
                try await eventually("the node drains") { try await nodes[0].get("/readyz").status == 503 }
                nodes[0].signal(SIGTERM)
                try await nodes[0].waitForExit(within: .seconds(15))
                withExtendedLifetime(ann) {}
            }
        }
    }
}
