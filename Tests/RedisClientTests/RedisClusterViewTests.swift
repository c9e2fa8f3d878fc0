import Operations
import TestSupport
import Testing

@testable import RedisClient

@Suite(.timeLimit(.minutes(2))) struct RedisClusterViewTests {
    private static let asked = HostPort(host: "10.0.0.1", port: 7_000)

    private func read(_ text: String, prefersNames: Bool = false) -> RedisClusterView? {
        RedisClusterView(text, asked: Self.asked, prefersNames: prefersNames)
    }

    @Test func primariesWithSlotsAreRead() throws {
        let view = try #require(
            read(
                """
                a1 10.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460 5462
                b2 10.0.0.2:7000@17000,redis-2.example master - 0 1 2 connected 5461 5463-10922 [93-<-a1]
                c3 10.0.0.3:7000@17000,,shard-id=4 slave a1 0 1 1 connected
                d4 :0@0 master,noaddr - 1 1 3 disconnected 10923-16383
                e5 [::1]:7001@17001 master,fail - 0 1 4 connected 16383
                f6 10.0.0.6:7000@17000 master - 0 1 5 connected
                """))
        #expect(
            view.primaries == [
                .init(
                    id: "a1", address: HostPort(host: "10.0.0.1", port: 7_000), epoch: 1,
                    slots: [0...5_460, 5_462...5_462]),
                .init(
                    id: "b2", address: HostPort(host: "10.0.0.2", port: 7_000), epoch: 2,
                    slots: [5_461...5_461, 5_463...10_922]),
                .init(id: "e5", address: HostPort(host: "::1", port: 7_001), epoch: 4, slots: [16_383...16_383]),
            ])
        #expect(view.nodes.map(\.host) == ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.6"])
    }

    @Test func aNodeThatWasNotToldItsAddressIsWhereItWasAsked() {
        let found = read("a1 :7000@17000 myself,master - 0 0 1 connected 0-1")
        #expect(found?.primaries.first?.address == Self.asked)
    }

    @Test func namesArePreferredWhereCertificatesAreChecked() {
        let line = "a1 10.0.0.9:7000@17000,redis-9.example,x=y myself,master - 0 0 1 connected 0"
        #expect(read(line, prefersNames: true)?.primaries.first?.address.host == "redis-9.example")
        #expect(read(line)?.primaries.first?.address.host == "10.0.0.9")
    }

    @Test(arguments: ["", "no", "a b c d e f g h", "a1 x:y@z myself,master - 0 0 one connected 0-1"])
    func anythingElseIsNoView(text: String) {
        #expect(read(text) == nil)
    }

    /// A primary that was cut off still claims its slots.
    @Test func theLaterEpochDecidesWhereTwoNodesDisagree() throws {
        let old = try #require(
            read(
                """
                a1 10.0.0.1:1@2 myself,master - 0 0 1 connected 0-8191
                b2 10.0.0.2:1@2 master - 0 0 2 connected 8192-16383
                """))
        let new = try #require(
            read(
                """
                a1 10.0.0.1:1@2 master,fail - 0 0 1 connected
                b2 10.0.0.2:1@2 myself,master - 0 0 2 connected 8192-16383
                c3 10.0.0.3:1@2 master - 0 0 7 connected 0-8191
                """))
        for views in [[old, new], [new, old]] {
            let merged = RedisClusterView.merged(views)
            #expect(merged.map(\.address.host) == ["10.0.0.3", "10.0.0.2"])
            #expect(merged.map(\.slots) == [[0...8_191], [8_192...16_383]])
        }
    }

    /// As the servers themselves compute it, for names and keys of every kind.
    @Test func slotsAreThoseOfRedis() async throws {
        var random = SystemRandomNumberGenerator()
        let parts = ["", "{", "}", "{}", "{a}", "chat:", "general", "ü", "🙂", ":live", "webchat:{room-1}:log", " "]
        let keys = (0..<200).map { _ in
            (0...Int.random(in: 0...4, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
        }
        try await withClusterServer { server in
            for key in keys where !key.isEmpty {
                let slot = try server.cli("CLUSTER", "KEYSLOT", key)
                #expect(slot == "\(RedisSlot.of(key))", "\(key)")
            }
        }
    }
}
