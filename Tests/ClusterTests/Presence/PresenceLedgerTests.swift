import ChatModel
import NIOCore
import Testing

@testable import Cluster

@Suite struct PresenceLedgerTests {
    private static let ann = UserID("u1")
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private static let member = NodeMember(name: "Ann", sockets: 1)

    private static func due(_ ledger: inout PresenceLedger, after time: TimeAmount) -> [PresenceLedger.Snapshot] {
        ledger.due(now: start + time, limit: 10)
    }

    @Test func aRoomIsRenewedBeforeItsLeaseExpires() {
        var ledger = PresenceLedger()
        let version = ledger.change([Self.ann: Self.member], in: .lobby, now: Self.start)
        ledger.changed(.lobby, version: version, now: Self.start)
        #expect(Self.due(&ledger, after: .seconds(239)).isEmpty)
        let due = Self.due(&ledger, after: .minutes(4))
        #expect(due.map(\.members) == [[Self.ann: Self.member]])
        for snapshot in due { ledger.renewed(snapshot, now: Self.start + .minutes(4)) }
        #expect(Self.due(&ledger, after: .seconds(479)).isEmpty)
        #expect(Self.due(&ledger, after: .minutes(8)).count == 1)
    }

    @Test func failedWritesAreRetriedSoonEvenForAnEmptyRoom() {
        var ledger = PresenceLedger()
        _ = ledger.change([Self.ann: Self.member], in: .lobby, now: Self.start)
        let version = ledger.change([Self.ann: nil], in: .lobby, now: Self.start)
        ledger.lost(.lobby, now: Self.start)
        ledger.changed(.lobby, version: version, now: Self.start)
        let due = Self.due(&ledger, after: .seconds(1))
        #expect(due.map(\.members) == [[:]])
        for snapshot in due { ledger.renewed(snapshot, now: Self.start + .seconds(1)) }
        #expect(Self.due(&ledger, after: .hours(1)).isEmpty)
    }

    @Test func aRoomThatIsAlsoEmptyInRedisIsForgotten() {
        var ledger = PresenceLedger()
        let early = ledger.change([Self.ann: Self.member], in: .lobby, now: Self.start)
        let late = ledger.change([Self.ann: nil], in: .lobby, now: Self.start)
        ledger.changed(.lobby, version: early, now: Self.start)
        ledger.changed(.lobby, version: late, now: Self.start)
        #expect(Self.due(&ledger, after: .hours(1)).isEmpty)
    }

    @Test func aChangeDuringARenewalCausesAnother() {
        var ledger = PresenceLedger()
        _ = ledger.change([Self.ann: Self.member], in: .lobby, now: Self.start)
        let due = Self.due(&ledger, after: .minutes(4))
        _ = ledger.change([Self.ann: NodeMember(name: "Anna", sockets: 1)], in: .lobby, now: Self.start)
        for snapshot in due { ledger.renewed(snapshot, now: Self.start + .minutes(4)) }
        #expect(Self.due(&ledger, after: .minutes(4)).map { $0.members[Self.ann]?.name } == ["Anna"])
    }

    @Test func theMostOverdueRoomsAreWrittenFirst() throws {
        var ledger = PresenceLedger()
        for (number, name) in ["c", "a", "b"].enumerated() {
            let room = try #require(RoomName(name))
            _ = ledger.change([Self.ann: Self.member], in: room, now: Self.start + .seconds(Int64(number)))
        }
        let due = ledger.due(now: Self.start + .minutes(5), limit: 2)
        #expect(due.map(\.room.description) == ["c", "a"])
    }
}
