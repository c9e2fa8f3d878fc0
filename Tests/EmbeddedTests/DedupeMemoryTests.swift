import ChatModel
import Testing

@testable import Embedded

@Suite struct DedupeMemoryTests {
    private static func key(_ key: String, user: String = "u") -> DedupeMemory.Key {
        DedupeMemory.Key(room: .lobby, user: UserID(user), key: key)
    }

    private static func position(_ seq: UInt64) -> RoomPosition {
        RoomPosition(epoch: Epoch(random: 1, tag: 0), id: MessageID(ms: 1, seq: seq))
    }

    @Test func aKeyIsForgottenWhenItExpires() {
        var memory = DedupeMemory(seconds: 10, capacity: 100)
        memory.remember(Self.key("a"), at: Self.position(1), now: 1000)
        #expect(memory.position(of: Self.key("a"), now: 10_999) == Self.position(1))
        #expect(memory.position(of: Self.key("a"), now: 11_000) == nil)
        #expect(memory.position(of: Self.key("a", user: "other"), now: 1000) == nil)
    }

    @Test func rememberingAgainExtendsTheTime() {
        var memory = DedupeMemory(seconds: 10, capacity: 100)
        memory.remember(Self.key("a"), at: Self.position(1), now: 0)
        memory.remember(Self.key("a"), at: Self.position(1), now: 9000)
        memory.remember(Self.key("b"), at: Self.position(2), now: 10_500)
        #expect(memory.position(of: Self.key("a"), now: 18_999) == Self.position(1))
        #expect(memory.position(of: Self.key("a"), now: 19_000) == nil)
    }

    @Test func beyondCapacityTheOldestKeyIsForgotten() {
        var memory = DedupeMemory(seconds: 10, capacity: 2)
        for (seq, key) in ["a", "b", "c"].enumerated() {
            memory.remember(Self.key(key), at: Self.position(UInt64(seq)), now: 0)
        }
        let kept = ["a", "b", "c"].map { memory.position(of: Self.key($0), now: 0) != nil }
        #expect(kept == [false, true, true])
    }
}
