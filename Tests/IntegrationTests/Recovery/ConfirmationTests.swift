import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// What an acknowledgement stands for: the log has the message, and so many replicas, if that is wanted.
    struct ConfirmationTests {
        @Test func nothingIsAckedOrEchoedBeforeTheLogHasIt() async throws {
            try await withCluster(1) { redis, nodes in
                let ann = try await Conversation.inLobby(nodes[0])
                redis.pause()
                defer { redis.resume() }
                try await ann.say(#"{"type":"chat","room":"lobby","text":"x","key":"k"}"#)
                // Few: all are answered before the publish runs out of time.
                for at in 1...20 {
                    try await ann.say(#"{"type":"ping","at":\#(at)}"#)
                    let early = try await ann.first { frame -> ServerFrame? in
                        if case .presence = frame { nil } else { frame }
                    }
                    #expect(early == .pong(at: "\(at)"))
                }
                redis.resume()
                #expect(try await ann.ack().key == "k")
            }
        }

        @Test func withoutEnoughReplicasNothingIsWrittenOrDelivered() async throws {
            try await withCluster(2) { redis, nodes in
                let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
                try await ann.say("1")
                try redis.cli("CONFIG", "SET", "min-replicas-to-write", "1")
                #expect(try await ann.sayInVain("2", key: "k").code == .unavailable)
                try redis.cli("CONFIG", "SET", "min-replicas-to-write", "0")
                #expect(try await ann.say("2", key: "k").seq == 2)
                for who in [ann, bob] {
                    #expect(try await who.history(through: "2") == [.chat("1", seq: 1), .chat("2", seq: 2)])
                }
            }
        }

        @Test func aMessageIsAckedUnderItsFirstIDOnceTheReplicaHasIt() async throws {
            try await RedisPair.with { redis in
                let environment = ["REDIS_URL": redis.primary.url, "REDIS_WAIT_REPLICAS": "1"]
                try await withNodes(2, environment: environment) { nodes in
                    let (ann, bob) = try await Member.annAndBob(on: nodes[0], nodes[1])
                    try await ann.say("1")
                    #expect(try redis.replica.cli("XLEN", RedisServer.log()) == "1")

                    redis.replica.pause()
                    defer { redis.replica.resume() }
                    let error = try await ann.sayInVain("2", key: "k")
                    #expect(error.code == .unavailable && error.message.contains("0 of 1 replicas"))
                    // A new connection knows nothing of the first write: the retry must count as one.
                    try redis.primary.cli("CLIENT", "KILL", "TYPE", "normal")
                    try await eventually("the retry waits for the replica too") {
                        try await ann.sayInVain("2", key: "k").message.contains("0 of 1 replicas")
                    }

                    redis.replica.resume()
                    #expect(try await ann.say("2", key: "k").seq == 2)
                    try await ann.say("3")
                    for who in [ann, bob] {
                        #expect(try await who.history(through: "3") == (1...3).map { .chat("\($0)", seq: UInt64($0)) })
                    }
                    #expect(try redis.replica.cli("XLEN", RedisServer.log()) == "3")
                }
            }
        }
    }
}
