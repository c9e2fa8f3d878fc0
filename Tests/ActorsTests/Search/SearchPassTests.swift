import ChatModel
import Testing

@testable import Actors

@Suite struct SearchPassTests {
    private static let epoch = Epoch(random: 1, tag: 0)

    private static func id(_ number: Int) -> MessageID { MessageID(ms: 1_000, seq: UInt64(number)) }

    private static func message(_ number: Int, _ text: String) -> ChatMessage {
        ChatMessage(id: id(number), user: UserID("u"), name: "Ann", text: text, key: "", ts: 1)
    }

    private static func page(
        _ messages: [ChatMessage], head: Int = 9_000, epoch: Epoch = epoch, more: Bool, reached: Int? = nil
    ) -> LogPage {
        let head = LogHead(position: RoomPosition(epoch: epoch, id: id(head)), first: id(1), forks: [])
        return LogPage(head: head, messages: messages, more: more, reached: reached.map(id) ?? messages.first?.id)
    }

    private static func pass(_ query: String = "x", before: MessageID? = nil) throws -> SearchPass {
        SearchPass(try #require(SearchQuery(query)), before: before)
    }

    @Test func aSearchGoesBackPageByPageToTheBeginning() throws {
        var pass = try Self.pass(before: Self.id(7))
        #expect(pass.range == .backward(before: Self.id(7), limit: 200))
        let newer = [Self.message(5, "x"), Self.message(6, "a")]
        #expect(pass.look(through: Self.page(newer, more: true)) == .read(.backward(before: Self.id(5), limit: 200)))
        let older = [Self.message(2, "x"), Self.message(3, "a"), Self.message(4, "xx")]
        // The head is that of the first page: what is newer may be in the second or not.
        let step = pass.look(through: Self.page(older, head: 9_001, more: false))
        let found = [older[0], older[2], newer[0]]
        let position = RoomPosition(epoch: Self.epoch, id: Self.id(9_000))
        #expect(step == .answer(SearchPage(position: position, messages: found, reached: Self.id(2), more: false)))
        #expect(pass.entries == 5)
    }

    @Test func anEmptyRoomHasNoResultsAndNoMore() throws {
        var pass = try Self.pass()
        let page = LogPage(head: .empty, messages: [], more: false, reached: nil)
        let nothing = SearchPage(position: .start, messages: [], reached: nil, more: false)
        #expect(pass.look(through: page) == .answer(nothing))
    }

    @Test func aSearchReadsAtMostAThousandEntries() throws {
        var pass = try Self.pass()
        var reads = 0
        var answer: SearchPage?
        while answer == nil {
            let top = 5_000 - 200 * reads
            let page = Self.page(((top - 199)...top).map { Self.message($0, "a") }, more: true)
            reads += 1
            if case .answer(let page) = pass.look(through: page) { answer = page }
        }
        #expect(reads == 5 && pass.entries == 1_000)
        #expect(answer?.messages.isEmpty == true && answer?.more == true && answer?.reached == Self.id(4_001))
    }

    @Test func theFiftyNewestAreReturnedAndTheSearchContinuesBeforeThem() throws {
        var pass = try Self.pass()
        let all = (1...60).map { Self.message($0, "x") }
        let first = try pass.answer(through: Self.page(all, more: false))
        #expect(first.messages == Array(all.suffix(50)) && first.reached == Self.id(11) && first.more)
        var next = try Self.pass(before: first.reached)
        let second = try next.answer(through: Self.page(Array(all.prefix(10)), more: false))
        #expect(second.messages == Array(all.prefix(10)) && !second.more)
    }

    @Test func exactlyFiftyLeaveNothingBehind() throws {
        var pass = try Self.pass()
        let all = (1...50).map { Self.message($0, "x") }
        let position = RoomPosition(epoch: Self.epoch, id: Self.id(9_000))
        let everything = SearchPage(position: position, messages: all, reached: Self.id(1), more: false)
        #expect(pass.look(through: Self.page(all, more: false)) == .answer(everything))
    }

    @Test func anAnswerIsLimitedToTheBytesOfAPage() throws {
        var pass = try Self.pass()
        let all = (1...50).map { Self.message($0, String(repeating: "x", count: 16_000)) }
        let answer = try pass.answer(through: Self.page(all, more: false))
        #expect(answer.messages == Array(all.suffix(16)) && answer.more && answer.reached == Self.id(35))
    }

    @Test func aSearchEndsAtItsLimitOfComparedBytes() throws {
        var pass = try Self.pass()
        // One character of three bytes becomes eighteen.
        let all = (1...20).map { Self.message($0, String(repeating: "\u{FDFA}", count: 4_000)) }
        let answer = try pass.answer(through: Self.page(all, more: false))
        #expect(pass.entries < all.count)
        #expect(pass.foldedBytes < SearchPass.maximumFoldedBytes + 200_000)
        #expect(answer.more && answer.reached == all[all.count - pass.entries].id)
        var next = try Self.pass(before: answer.reached)
        _ = next.look(through: Self.page(Array(all.dropLast(pass.entries)), more: false))
        #expect(pass.entries + next.entries == all.count)
    }

    @Test func unreadableEntriesAreSkipped() throws {
        var pass = try Self.pass()
        let step = pass.look(through: Self.page([], more: true, reached: 3))
        #expect(step == .read(.backward(before: Self.id(3), limit: 200)))
    }

    @Test func aNewEpochEndsTheSearch() throws {
        var pass = try Self.pass()
        _ = pass.look(through: Self.page([Self.message(5, "x")], more: true))
        let other = Self.page([Self.message(4, "x")], epoch: Epoch(random: 2, tag: 0), more: false)
        #expect(pass.look(through: other) == .logReplaced)
    }
}

private enum SearchTestError: Error { case noAnswer }

extension SearchPass {
    fileprivate mutating func answer(through page: LogPage) throws -> SearchPage {
        guard case .answer(let answer) = look(through: page) else { throw SearchTestError.noAnswer }
        return answer
    }
}
