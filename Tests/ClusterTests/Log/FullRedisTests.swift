import ChatModel
import RedisClient
import TestSupport
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(2))) struct FullRedisTests {
    /// As on a node that is on its own.
    @Test func nearTheLimitRoomsKeepTheirMemoryAndNewOnesAreRejected() async throws {
        try await withRedisServer { server in
            try await RedisNode.with(server) { node in
                let backend = node.backend
                guard let calm = RoomName("calm"), let new = RoomName("new") else { return }
                func fill(_ text: String) async throws {
                    let drafts = (0..<300).map {
                        backend.draft("\(text) \($0) " + String(repeating: "x", count: 1_000))
                    }
                    for result in try await backend.publish(drafts) { _ = try result.get() }
                }
                func entries(_ room: RoomName) throws -> Int? { Int(try server.cli("XLEN", "webchat:{\(room)}:log")) }
                // Next to it the buffers of a call, which each server counts differently, are small.
                try server.cli("SETRANGE", "ballast", "30000000", "x")
                try await fill("before")
                try await backend.publish(backend.draft("calm"), to: calm)
                try server.limitMemory(to: 1.05)
                #expect(await eventually { node.memory.isNearlyFull })
                #expect(node.memory.degradedReason != nil && node.memory.unreadyReason == nil)

                for round in 0..<5 { try await fill("round \(round)") }
                #expect(try entries(.lobby) ?? 0 <= 301)
                #expect(try entries(.lobby) ?? 0 >= 250, "no more goes than comes")
                #expect(try entries(calm) == 1)
                await expectRelayError(.overloaded) { try await backend.publish(backend.draft("new"), to: new) }
                #expect(try server.cli("EXISTS", "webchat:{new}:log") == "0")

                try server.cli("CONFIG", "SET", "maxmemory", "0")
                #expect(await eventually { !node.memory.isNearlyFull })
                try await backend.publish(backend.draft("new"), to: new)
                try await backend.publish(backend.draft("more"))
                #expect(try entries(.lobby) ?? 0 > 250)
            }
        }
    }
}
