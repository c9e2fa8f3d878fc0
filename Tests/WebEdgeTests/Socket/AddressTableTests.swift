import NIOCore
import Testing

@testable import WebEdge

@Suite struct AddressTableTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static var configuration: SocketConfiguration {
        var configuration = SocketConfiguration()
        configuration.messageRatePerAddress = 10
        return configuration
    }

    @Test func allGuestsOfAnAddressShareItsAllowance() {
        let table = AddressTable(Self.configuration)
        var taken = 0
        for _ in 0..<30 {
            let allowance = table.enter("192.0.2.1", at: Self.start)
            for _ in 0..<20 where allowance.frames.take(1, at: Self.start) == .taken { taken += 1 }
            table.leave("192.0.2.1", at: Self.start)
        }
        #expect(taken == 40)
        #expect(table.enter("192.0.2.2", at: Self.start).frames.take(1, at: Self.start) == .taken)
    }

    @Test func tooManyRequestsAreNeverAFlood() {
        let allowance = AddressTable(Self.configuration).enter("192.0.2.1", at: Self.start)
        for _ in 0..<10_000 { #expect(allowance.frames.take(1, at: Self.start) != .flood) }
    }

    @Test func withoutRatesAddressesAreUnlimited() {
        var configuration = Self.configuration
        configuration.messageRate = 0
        let allowance = AddressTable(configuration).enter("192.0.2.1", at: Self.start)
        for _ in 0..<1_000 { #expect(allowance.frames.take(1, at: Self.start) == .taken) }
        #expect(allowance.bytes.take(1e12, at: Self.start) == .taken)
        #expect(allowance.rooms.take(1e6, at: Self.start) == .taken)
    }

    @Test(arguments: [(0, 100, 100), (1, 1, 2), (20, 20, 40)])
    func anHoursRoomsMayBeMadeAtOnceAndAgainAnHourLater(perHour: Int, first: Int, second: Int) {
        var configuration = Self.configuration
        configuration.roomsPerAddress = perHour
        let rooms = AddressTable(configuration).enter("192.0.2.1", at: Self.start).rooms
        var taken = 0
        for _ in 0..<100 where rooms.take(1, at: Self.start) == .taken { taken += 1 }
        #expect(taken == first)
        guard perHour > 0 else { return }
        rooms.giveBack(1)
        #expect(rooms.take(1, at: Self.start) == .taken)
        #expect(rooms.take(1, at: Self.start) == .refused(retryAfterMs: 3_600_000 / perHour))
        for _ in 0..<100 where rooms.take(1, at: Self.start + .hours(1)) == .taken { taken += 1 }
        #expect(taken == second)
    }

    @Test func anAddressIsForgottenOnceItsAllowanceIsFull() {
        let table = AddressTable(Self.configuration)
        let allowance = table.enter("192.0.2.1", at: Self.start)
        _ = allowance.bytes.take(1_000_000, at: Self.start)
        table.leave("192.0.2.1", at: Self.start)
        #expect(table.count == 1)
        _ = table.enter("192.0.2.1", at: Self.start)
        table.leave("192.0.2.1", at: Self.start + .minutes(30))
        #expect(table.count == 0)
    }

    @Test func theTableIsBounded() {
        let table = AddressTable(Self.configuration)
        for number in 0..<(2 * AddressTable.idleLimit) {
            let allowance = table.enter("192.0.2.\(number)", at: Self.start)
            _ = allowance.frames.take(1, at: Self.start)
            table.leave("192.0.2.\(number)", at: Self.start)
            #expect(table.count <= AddressTable.idleLimit)
        }
        // Who is here stays.
        _ = table.enter("here", at: Self.start).frames.take(40, at: Self.start)
        for number in 0...AddressTable.idleLimit {
            _ = table.enter("\(number)", at: Self.start).frames.take(1, at: Self.start)
            table.leave("\(number)", at: Self.start)
        }
        #expect(table.enter("here", at: Self.start).frames.take(1, at: Self.start) != .taken)
    }
}
