import ChatModel
import Cluster
import NIOCore
import TestSupport
import Testing

/// The relay between nodes, and while its connections fail.
@Suite struct RedisRelayTests {
    private static func withTwoNodes(_ body: (TestedBackend, TestedBackend, RedisServer) async throws -> Void)
        async throws
    {
        try await withRedisServer { server in
            try await RedisNode.with(server, name: "n1") { first in
                try await RedisNode.with(server, name: "n2") { second in
                    try await body(first.backend, second.backend, server)
                }
            }
        }
    }

    @Test func twoNodesReceiveTheSameOrder() async throws {
        try await Self.withTwoNodes { first, second, _ in
            try await first.subscribe()
            try await second.subscribe()
            async let one = first.publish((1...100).map { first.draft("\($0)", user: "a", key: "k\($0)") })
            async let two = second.publish((1...100).map { second.draft("\($0)", user: "b", key: "k\($0)") })
            for result in try await one + two { _ = try result.get() }
            #expect(await eventually { first.receiver.messages(of: .lobby).count >= 200 })
            #expect(await eventually { second.receiver.messages(of: .lobby).count >= 200 })
            let heard = first.receiver.messages(of: .lobby)
            #expect(heard.map(\.id.seq) == Array(1...200))
            #expect(second.receiver.messages(of: .lobby) == heard)
            for (message, source) in zip(heard, first.receiver.sources(of: .lobby)) {
                #expect(source.origin == (message.user == UserID("a") ? "n1" : "n2"))
            }
        }
    }

    @Test func presenceIsKeptPerNode() async throws {
        try await Self.withTwoNodes { first, second, server in
            try await first.update(["u1": NodeMember(name: "Ann", sockets: 1)])
            // Such a mark is one character with whatever stands before it.
            let marked = "\u{301}Bob"
            try await second.update([
                "u1": NodeMember(name: "Ann", sockets: 1), "u2": NodeMember(name: marked, sockets: 1),
            ])
            let ann = User(id: UserID("u1"), name: "Ann")
            let all = [first.node: [ann] as Set, second.node: [ann, User(id: UserID("u2"), name: marked)]]
            #expect(try await eventually { try await first.members() == all })
            #expect(try await second.members() == all)

            // The lease of the second node ends.
            try server.cli("DEL", "webchat:{lobby}:members:n2.7")
            #expect(try await first.members() == [first.node: [ann]])
            #expect(try server.cli("SMEMBERS", "webchat:{lobby}:membernodes") == "n1.7")
        }
    }

    @Test func aNodeThatHearsOfAMemberCanReadIt() async throws {
        try await Self.withTwoNodes { first, second, _ in
            try await second.subscribe()
            for number in 1...50 {
                let user = User(id: UserID("u\(number)"), name: "Ann")
                try await first.update(
                    ["u\(number)": NodeMember(name: "Ann", sockets: 1)],
                    announcing: .presence(node: first.node, joined: [user], left: []))
                #expect(await eventually { second.receiver.signals(of: .lobby).count == number })
                #expect(try await second.members()[first.node]?.contains(user) == true)
            }
        }
    }

    @Test func presenceLostByRedisIsWrittenAgain() async throws {
        try await Self.withTwoNodes { first, second, server in
            try await first.update(["u1": NodeMember(name: "Ann", sockets: 1)])
            let all = [first.node: [User(id: UserID("u1"), name: "Ann")] as Set]
            #expect(try await eventually { try await second.members() == all })
            try server.cli("FLUSHALL")
            #expect(try await second.members() == [:])
            // Its own members a node knows from memory; by reading it notices that Redis does not.
            #expect(try await first.members() == all)
            #expect(try await eventually { try await second.members() == all })
        }
    }

    @Test func aLostSubscriptionIsRestoredAndReported() async throws {
        try await Self.withTwoNodes { first, second, server in
            let side = try #require(RoomName("side"))
            try await first.subscribe()
            try await first.subscribe(to: side)
            try server.cli("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(await eventually { Set(first.receiver.resubscribedRooms) == [.lobby, side] })
            try await second.publish(second.draft("after"))
            #expect(await eventually { first.receiver.messages(of: .lobby).map(\.text) == ["after"] })
        }
    }

    @Test func anUnansweredPublishIsUnavailableAndItsKeyPreventsADuplicate() async throws {
        try await TestedBackend.withRedis(commandTimeout: .seconds(1)) { backend, server in
            try await backend.publish(backend.draft("1"))
            server.pause()
            await expectRelayError(.unavailable) { try await backend.publish(backend.draft("2", key: "k")) }
            server.resume()
            #expect(
                await eventually {
                    (try? await backend.publish(backend.draft("2", key: "k")))?.position.id.seq == 2
                })
            #expect(try await backend.all().map(\.text) == ["1", "2"])
        }
    }

    @Test func messagesAreConfirmedOnceEnoughReplicasHaveThem() async throws {
        var configuration = ClusterConfiguration()
        configuration.waitReplicas = 1
        try await withRedisServer { primary in
            try await RedisNode.with(primary, configuration: configuration) { node in
                let backend = node.backend
                await expectRelayError(.unavailable) { try await backend.publish(backend.draft("1", key: "k")) }
                try await primary.withReplica { replica in
                    #expect(
                        await eventually {
                            (try? await backend.publish(backend.draft("1", key: "k")))?.duplicate == true
                        })
                    let receipts = try await backend.publish((2...20).map { backend.draft("\($0)") })
                    #expect(try receipts.map { try $0.get().position.id.seq } == Array(2...20))
                    #expect(try replica.cli("XLEN", "webchat:{lobby}:log") == "20")
                }
            }
        }
    }

    /// Connected, and silent: at first only time tells.
    @Test func whileAReplicaIsSilentOneMessageAtATimeWaitsForIt() async throws {
        var configuration = ClusterConfiguration()
        configuration.waitReplicas = 1
        try await withRedisServer { primary in
            try await primary.withReplica { replica in
                try await RedisNode.with(primary, configuration: configuration) { node in
                    let backend = node.backend
                    #expect(await eventually { (try? await backend.publish(backend.draft("1", key: "1"))) != nil })
                    #expect(await eventually { node.relay.degradedReason == nil })
                    replica.pause()
                    await expectRelayError(.unavailable) { try await backend.publish(backend.draft("2", key: "k")) }
                    #expect(node.relay.degradedReason?.contains("REDIS_WAIT_REPLICAS") == true)
                    // One of them is the probe; the others do not reach the log.
                    let length = try #require(Int(try primary.cli("XLEN", "webchat:{lobby}:log")))
                    await withTaskGroup(of: Void.self) { group in
                        for number in 0..<20 {
                            group.addTask {
                                try? await Task.sleep(for: .milliseconds(10 * number))
                                await expectRelayError(.unavailable) {
                                    try await backend.publish(backend.draft("more \(number)"))
                                }
                            }
                        }
                    }
                    let more = try #require(Int(try primary.cli("XLEN", "webchat:{lobby}:log"))) - length
                    #expect(more < 10, "\(more) messages were written in vain")
                    replica.resume()
                    #expect(
                        await eventually {
                            (try? await backend.publish(backend.draft("2", key: "k")))?.duplicate == true
                        })
                    #expect(await eventually { node.relay.degradedReason == nil })
                }
            }
        }
    }

    /// Not even the first message of a room, for which the script clears the way.
    @Test func aFullRedisRejectsEveryMessage() async throws {
        try await Self.withTwoNodes { first, _, server in
            try server.cli("CONFIG", "SET", "maxmemory", "1")
            let refused = try await first.publish([first.draft("no room", key: "k1")])
            #expect(throws: RelayError.self) { try refused[0].get() }
            #expect(try server.cli("KEYS", "webchat:{lobby}:*") == "")
            try server.cli("CONFIG", "SET", "maxmemory", "0")
            let taken = try await first.publish([first.draft("room", key: "k1")])
            #expect(try taken[0].get().position.id.seq == 1)
        }
    }

    @Test func everythingIsUnavailableUntilRedisIsBack() async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.subscribe()
            await server.kill()
            for _ in 0..<2 {
                await expectRelayError(.unavailable) { try await backend.publish(backend.draft("1")) }
                await expectRelayError(.unavailable) { try await backend.read(.head) }
            }
            try await server.launch()
            #expect(await eventually { backend.receiver.resubscribedRooms == [.lobby] })
            #expect(await eventually { (try? await backend.publish(backend.draft("2"))) != nil })
            #expect(await eventually { backend.receiver.messages(of: .lobby).map(\.text) == ["2"] })
        }
    }

    @Test func unreadableMessagesAreDropped() async throws {
        try await Self.withTwoNodes { first, _, server in
            try await first.subscribe()
            for payload in ["", "nonsense", "M 1 2 3\n", "T -1 5\nabc"] {
                #expect(try server.cli("PUBLISH", "webchat:0:{lobby}:live", payload) == "1")
            }
            try await first.publish(first.draft("good"))
            #expect(await eventually { first.receiver.messages(of: .lobby).map(\.text) == ["good"] })
        }
    }
}
