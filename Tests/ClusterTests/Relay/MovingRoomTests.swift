import ChatModel
import TestSupport
import Testing

/// A room whose slot moves between the servers of a real Redis Cluster.
@Suite(.timeLimit(.minutes(2))) struct MovingRoomTests {
    /// Each move changes the tag of the epoch, and each way back uses one again.
    @Test(arguments: [true, false]) func aRoomThatMovesToAndFroIsWholeForEverybody(sharded: Bool) async throws {
        try await withRedisCluster(primaries: 2) { cluster in
            try await RedisNode.with(cluster.url, sharded: sharded) { node in
                let backend = node.backend
                try await backend.subscribe()
                var positions: [RoomPosition] = []
                for round in 0..<6 {
                    if round > 0 {
                        let owner = try #require(try cluster.owner(of: "webchat:{lobby}:log"))
                        try cluster.moveSlot(of: "webchat:{lobby}:log", from: owner)
                    }
                    for part in 0..<2 {
                        let draft = backend.draft("\(round).\(part)", key: "\(round).\(part)")
                        try await eventually("message \(round).\(part) is taken") {
                            guard let receipt = try? await backend.publish(draft) else { return false }
                            positions.append(receipt.position)
                            return true
                        }
                    }
                }
                #expect(Set(positions.map(\.epoch.tag)).count == 2)
                let page = try await backend.read(.forward(after: .zero, through: nil, limit: 100))
                #expect(page.messages.map(\.text) == (0..<6).flatMap { ["\($0).0", "\($0).1"] })
                for position in positions { #expect(page.head.recovers(position), "\(position)") }
                // What was published before the subscription has followed is only in the log.
                try await eventually("messages are heard again") {
                    _ = try? await backend.publish(backend.draft("heard"))
                    return backend.receiver.messages(of: .lobby).contains { $0.text == "heard" }
                }
            }
        }
    }
}
