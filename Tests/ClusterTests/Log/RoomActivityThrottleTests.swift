import ChatModel
import Testing

@testable import Cluster

@Suite struct RoomActivityThrottleTests {
    @Test func aRoomIsRecordedOnceInTenSeconds() throws {
        var throttle = RoomActivityThrottle()
        let other = try #require(RoomName("other"))
        let noted = [(RoomName.lobby, 1_000_000), (.lobby, 1_009_999), (other, 1_009_999), (.lobby, 1_010_000)].map {
            throttle.active($0, at: $1).note
        }
        #expect(noted == [true, false, true, true])
    }

    @Test func aDeletedRoomIsRecordedAgainAtOnce() {
        var throttle = RoomActivityThrottle()
        #expect(throttle.active(.lobby, at: 1_000_000).note)
        throttle.forget(.lobby)
        #expect(throttle.active(.lobby, at: 1_000_001).note)
    }

    @Test func expiredRoomsAreDroppedOnceInTenMinutes() {
        var throttle = RoomActivityThrottle()
        let pruned = [1_000_000, 1_010_000, 1_599_999, 1_610_000].map { throttle.active(.lobby, at: $0).prune }
        #expect(pruned == [true, false, false, true])
    }

    @Test func memoryIsBoundedAtThePriceOfRecordingTwice() throws {
        var throttle = RoomActivityThrottle()
        let rooms = try (0..<RoomActivityThrottle.capacity).map { try #require(RoomName("r\($0)")) }
        let first = rooms.map { throttle.active($0, at: 1_000_000).note }
        #expect(first.allSatisfy { $0 })
        let again = [rooms[0], .lobby, rooms[0]].map { throttle.active($0, at: 1_000_001).note }
        #expect(again == [false, true, true])
    }
}
