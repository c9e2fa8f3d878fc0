import ChatModel
import Cluster
import NIOCore
import TestSupport
import Testing

/// What only Redis can do to a room: fail over, lose data, hold what we did not write.
@Suite struct RedisRoomLogTests {
    private static let log = "webchat:{lobby}:log"
    private static let head = "webchat:{lobby}:head"

    @Test func aFailoverLeavesAForkInTheSameEpoch() async throws {
        try await withRedisServer { primary in
            try await withRedisServer(arguments: ["--replicaof", "127.0.0.1", "\(primary.port)"]) { replica in
                let before = try await RedisNode.with(primary) { node in
                    let receipts = try await node.backend.publish(
                        (1...3).map { node.backend.draft("\($0)", key: "k\($0)") })
                    #expect(try await eventually { try replica.cli("XLEN", Self.log) == "3" })
                    return try receipts.map { try $0.get() }
                }
                await primary.kill()
                try replica.cli("REPLICAOF", "NO", "ONE")

                try await RedisNode.with(replica) { node in
                    let backend = node.backend
                    #expect(try await backend.publish(backend.draft("3", key: "k3")).duplicate)
                    let receipt = try await backend.publish(backend.draft("4"))
                    let old = before[2].position
                    #expect(receipt.position.id.seq == 4)
                    #expect(receipt.position.epoch.random == old.epoch.random)
                    #expect(receipt.position.epoch.tag != old.epoch.tag)
                    let head = try await backend.read(.head).head
                    #expect(head.forks == [LogHead.Fork(tag: old.epoch.tag, seq: 3, ms: old.id.ms)])
                    #expect(head.recovers(old))
                    let lost = RoomPosition(epoch: old.epoch, id: MessageID(ms: old.id.ms, seq: 4))
                    #expect(!head.recovers(lost) && head.lastShared(with: lost) == old.id)
                }
            }
        }
    }

    @Test func onlyTheLastSixteenForksAreKept() async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.publish(backend.draft("1"))
            let forks = (1...16).map { "0000000\(String($0 % 16, radix: 16)):0" }
            try server.cli("HSET", Self.head, "tag", "0badbad0", "forks", forks.joined(separator: " "))
            try await backend.publish(backend.draft("2"))
            let head = try await backend.read(.head).head
            #expect(head.forks.count == 16)
            #expect(head.forks.first == LogHead.Fork(tag: 2, seq: 0))
            #expect(head.forks.last?.tag == 0x0BAD_BAD0 && head.forks.last?.seq == 1)
        }
    }

    @Test(arguments: [
        ["XADD", log, "9999999999999-1", "a", "b"], ["DEL", log], ["DEL", head], ["HDEL", head, "seq"],
        ["HSET", head, "seq", "x"], ["HSET", head, "seq", "99999999999999999999"], ["HSET", head, "epoch", "zz"],
        ["HSET", head, "ms", "1"],
    ])
    func aLogThatDoesNotMatchItsHeadIsRestarted(damage: [String]) async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.publish(backend.draft("a", key: "k"))
            let before = try await backend.publish(backend.draft("b"))
            try server.cli(damage)
            #expect(try await backend.read(.backward(before: nil, limit: 10)).head == .empty)
            let after = try await backend.publish(backend.draft("a", key: "k"))
            #expect(!after.duplicate)
            #expect(after.position.id.seq == 1)
            #expect(after.position.epoch.random != before.position.epoch.random)
            #expect(try await backend.all().map(\.text) == ["a"])
        }
    }

    @Test(arguments: [log, head])
    func aKeyOfTheWrongTypeIsRejectedAndLeftUnchanged(key: String) async throws {
        try await TestedBackend.withRedis { backend, server in
            let good = key == Self.log ? Self.head : Self.log
            try await backend.publish(backend.draft("1"))
            try server.cli("DEL", key)
            try server.cli("SET", key, "something")
            await expectRelayError(.refused) { try await backend.publish(backend.draft("2")) }
            await expectRelayError(.refused) { try await backend.read(.head) }
            #expect(try server.cli("GET", key) == "something")
            #expect(try server.cli("EXISTS", good) == "1")
        }
    }

    @Test func entriesFromBeforeBytesWereCountedAreTrimmedFirst() async throws {
        try await TestedBackend.withRedis(.rooms { $0.bytes = 20_000 }) { backend, server in
            for result in try await backend.publish((1...50).map { backend.draft("\($0)") }) { _ = try result.get() }
            try server.cli("HDEL", Self.head, "bytes", "counted")
            let large = String(repeating: "x", count: 4_000)
            for result in try await backend.publish((1...10).map { _ in backend.draft(large) }) { _ = try result.get() }
            let kept = try await backend.all()
            #expect(kept.count == 4 && kept.allSatisfy { $0.text == large })
            let bytes = kept.reduce(0) { $0 + 128 + 5 + $1.text.utf8.count }
            #expect(try server.cli("HGET", Self.head, "bytes") == "\(bytes)")
        }
    }

    @Test func anUnreadableEntryIsSkipped() async throws {
        try await TestedBackend.withRedis { backend, server in
            let first = try await backend.publish(backend.draft("1"))
            for (seq, fields) in [
                (2, ["foo", "bar"]), (3, ["user", "u", "name", "n", "key", "k", "ts", "x", "text", "t"]),
            ] {
                try server.cli(["XADD", Self.log, "\(first.position.id.ms)-\(seq)"] + fields)
            }
            try server.cli("HSET", Self.head, "ms", "\(first.position.id.ms)", "seq", "3")
            try await backend.publish(backend.draft("4"))
            #expect(try await backend.all().map(\.id.seq) == [1, 4])
            let page = try await backend.read(.forward(after: first.position.id, through: nil, limit: 2))
            #expect(page.messages == [])
            #expect(page.more)
            #expect(page.reached?.seq == 3)
        }
    }

    @Test func aPageAscendsWhateverNumbersWereWritten() async throws {
        try await TestedBackend.withRedis { backend, server in
            let first = try await backend.publish(backend.draft("1"))
            let ms = first.position.id.ms
            for (later, seq) in [(1, 9), (2, 3), (3, 4)] {
                let fields = ["user", "u", "name", "n", "key", "", "ts", "1", "text", "\(seq)"]
                try server.cli(["XADD", Self.log, "\(ms + UInt64(later))-\(seq)"] + fields)
            }
            try server.cli("HSET", Self.head, "ms", "\(ms + 3)", "seq", "4")
            let forward = try await backend.read(.forward(after: .zero, through: nil, limit: 9))
            #expect(forward.messages.map(\.id.seq) == [1, 9])
            let backward = try await backend.read(.backward(before: nil, limit: 9))
            #expect(backward.messages.map(\.id.seq) == [1, 3, 4])
        }
    }

    /// `%` stands for the random part of the room's epoch.
    @Test(arguments: [
        ("%.00000000 9-1", true), ("%.00000000 9-2", true), ("%.00000000 9-3", false),
        ("00000000000000ff.00000000 9-1", false), ("%.00000000 9-x", false), ("nonsense", false),
    ])
    func aRememberedKeyMustMatchTheLogsEpochAndHead(value: String, counts: Bool) async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.publish(backend.draft("1", key: "k"))
            let second = try await backend.publish(backend.draft("2"))
            let key = try server.cli("--scan", "--pattern", "*:key:*")
            let random = try #require(second.position.epoch.description.split(separator: ".").first)
            try server.cli("SET", key, value.replacing("%", with: random))
            let again = try await backend.publish(backend.draft("1", key: "k"))
            #expect(again.duplicate == counts)
            #expect(try await backend.all().count == (counts ? 2 : 3))
        }
    }

    /// The log is written before the head, so that a refusal in between changes nothing.
    @Test func aRejectedEntryLeavesNoHole() async throws {
        try await TestedBackend.withRedis { backend, server in
            let first = try await backend.publish(backend.draft("1"))
            try server.cli("ACL", "SETUSER", "default", "-xadd")
            await expectRelayError(.refused) { try await backend.publish(backend.draft("2", key: "k")) }
            try server.cli("ACL", "SETUSER", "default", "+xadd")
            let second = try await backend.publish(backend.draft("2", key: "k"))
            #expect(!second.duplicate && second.position.epoch == first.position.epoch)
            #expect(try await backend.all().map(\.id.seq) == [1, 2])
        }
    }

    @Test func outOfMemoryIsRejectedAndLeavesNoHole() async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.publish(backend.draft("1"))
            try server.cli("CONFIG", "SET", "maxmemory", "1")
            await expectRelayError(.refused) { try await backend.publish(backend.draft("2", key: "k")) }
            try server.cli("CONFIG", "SET", "maxmemory", "0")
            #expect(try await backend.publish(backend.draft("2", key: "k")).position.id.seq == 2)
            #expect(try await backend.all().map(\.text) == ["1", "2"])
        }
    }

    @Test func aRepeatedKeyIsRememberedForItsFullTimeAgain() async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.publish(backend.draft("1", key: "k"))
            let key = try server.cli("--scan", "--pattern", "*:key:*")
            try server.cli("EXPIRE", key, "50")
            #expect(try await backend.publish(backend.draft("1", key: "k")).duplicate)
            #expect(try (590...600).contains(Int(server.cli("TTL", key)) ?? 0))
        }
    }

    private static let acts = "webchat:{lobby}:acts"

    @Test func messageStateLivesAsLongAsTheLogAndIsTrimmedWithIt() async throws {
        try await TestedBackend.withRedis(.rooms { $0.messages = 100 }) { backend, server in
            for _ in 0..<9 {
                for result in try await backend.publish((1...40).map { backend.draft("\($0)") }) {
                    try await backend.act(.react(result.get().position.id, emoji: "👍", on: true))
                }
            }
            let first = try #require(try await backend.read(.head).head.first).seq
            let oldest = try #require(UInt64(server.cli("ZRANGE", Self.acts, "0", "0").prefix { $0.isNumber }))
            // The script sees where the log begins before it trims: it is one act behind.
            #expect(oldest + 101 >= first)
            #expect(oldest > 1)
            try server.cli("EXPIRE", Self.acts, "50")
            // Without it, the expiry is due.
            try server.cli("HDEL", Self.head, "last")
            try await backend.publish(backend.draft("a message without an act"))
            #expect(try (Int(server.cli("TTL", Self.acts)) ?? -1) > 86_400)
        }
    }

    @Test func anActOnStateOfTheWrongTypeIsRejectedAndChangesNothing() async throws {
        try await TestedBackend.withRedis { backend, server in
            let id = try await backend.publish(backend.draft("1")).position.id
            try server.cli("SET", Self.acts, "something")
            await expectRelayError(.refused) { try await backend.act(.delete(id)) }
            try await backend.publish(backend.draft("2"))
            #expect(try await backend.all().map(\.text) == ["1", "2"])
            #expect(try server.cli("GET", Self.acts) == "something")
        }
    }

    @Test func unreadableStateIsOmitted() async throws {
        try await TestedBackend.withRedis { backend, server in
            let id = try await backend.publish(backend.draft("1")).position.id
            try await backend.act(.react(id, emoji: "👍", on: true))
            for junk in ["1", "1\n", "1\ne 9-9\n\n👍\n", "1\nx\n👍 u2\n"] {
                try server.cli("DEL", Self.acts)
                try server.cli("ZADD", Self.acts, "1", junk)
                #expect(try await backend.all()[0].text == "1")
                try await backend.act(.react(id, emoji: "🎉", on: true))
            }
        }
    }

    @Test func aRoomUsesOnlyTheDocumentedKeys() async throws {
        try await TestedBackend.withRedis { backend, server in
            try await backend.publish(backend.draft("1", key: "k"))
            let second = try await backend.publish(backend.draft("2"))
            try await backend.act(.delete(second.position.id))
            try await backend.update(["u1": NodeMember(name: "Ann", sockets: 2)])
            #expect(try await eventually { try server.cli("EXISTS", "webchat:rooms") == "1" })
            _ = try await backend.members()
            let keys = try server.cli("--scan").split(separator: "\n").map(String.init).sorted()
            let seen = try #require(keys.first { $0.hasPrefix("webchat:{lobby}:key:") })
            #expect(seen.wholeMatch(of: /webchat:\{lobby\}:key:[0-9a-f]{32}/) != nil)
            #expect(
                keys == [
                    "webchat:erasures", "webchat:rooms", Self.acts, Self.head, seen, Self.log,
                    "webchat:{lobby}:membernodes",
                    "webchat:{lobby}:members:n1.7",
                ])
            let lifetimes = try [Self.log, Self.head, Self.acts, seen, keys[6], keys[7]].map {
                Int(try server.cli("TTL", $0)) ?? -2
            }
            for (lifetime, expected) in zip(lifetimes, [90 * 86_400, 90 * 86_400, 90 * 86_400, 600, 600, 600]) {
                #expect((expected - 10...expected).contains(lifetime))
            }
            #expect(try server.cli("HGET", keys[7], "u1") == "2 Ann")
        }
    }
}
