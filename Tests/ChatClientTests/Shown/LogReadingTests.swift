import ChatModel
import ChatProtocol
import Testing

@testable import ChatClient

struct LogReadingTests {
    private static let epoch = Epoch(random: 42, tag: 1)

    private static func page(_ seqs: [UInt64], head: UInt64 = 9, more: Bool = true) -> ServerFrame.History {
        let messages = seqs.map { seq in
            seq % 3 == 0 ? Entries.edit(1, as: seq, "won") : Entries.message(seq, "\(seq)")
        }
        return .init(room: .lobby, position: .init(epoch: epoch, id: Entries.id(head)), messages: messages, more: more)
    }

    @Test func readingGoesBackFromTheNewestToTheWantedPosition() {
        var reading = LogReading(.lobby, from: 3)
        #expect(reading.part == .before(nil))
        reading.take(Self.page([7, 8, 9]))
        #expect(!reading.isDone && reading.part == .before(Entries.id(7)))
        reading.take(Self.page([5, 6]))
        #expect(!reading.isDone)
        reading.take(Self.page([2, 3, 4]))
        #expect(reading.isDone)
        #expect(reading[Entries.id(4)]?.text == "4" && reading[Entries.id(8)]?.text == "8")
        #expect(reading[Entries.id(9)] == nil, "an act is no message")
        #expect(reading.covers(Entries.id(2)) && reading.covers(Entries.id(9)) && !reading.covers(Entries.id(1)))
    }

    @Test func readingEndsAtTheBeginningOfTheLog() {
        var reading = LogReading(.lobby, from: 1)
        reading.take(Self.page([7, 8, 9], more: false))
        #expect(reading.isDone && !reading.covers(Entries.id(6)))
    }

    @Test func anEmptyLogIsReadAtOnce() {
        var reading = LogReading(.lobby, from: 1)
        reading.take(.init(room: .lobby, position: .start, messages: [], more: false))
        #expect(reading.isDone && !reading.covers(Entries.id(1)))
    }

    @Test func aRepeatedAnswerIsIgnored() {
        var reading = LogReading(.lobby, from: 1)
        reading.take(Self.page([7, 8, 9]))
        reading.take(Self.page([7, 8, 9]))
        #expect(reading.part == .before(Entries.id(7)))
    }

    /// Something was said meanwhile: what was read may be as it is no longer.
    @Test func readingRestartsWhenTheLogGrows() {
        var reading = LogReading(.lobby, from: 1)
        reading.take(Self.page([7, 8, 9]))
        reading.take(Self.page([4, 5, 6], head: 10))
        #expect(reading.part == .before(nil) && !reading.isDone)
        reading.take(Self.page([1, 2, 4, 5, 7, 8, 10], head: 10, more: false))
        #expect(reading.isDone && reading.head?.id == Entries.id(10))
    }
}
