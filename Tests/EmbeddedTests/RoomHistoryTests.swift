import ChatModel
import Testing

@testable import Embedded

@Suite struct RoomHistoryTests {
    private static func draft(_ text: String = "text") -> MessageDraft {
        MessageDraft(user: UserID("u"), name: "Ann", text: text, key: "")
    }

    private static func history(_ count: Int, keeping limit: Int = 100) -> RoomHistory {
        var history = RoomHistory(epoch: Epoch(random: 1, tag: 0))
        for number in 0..<count { _ = history.append(draft(), now: Int64(1000 + 10 * number), keeping: limit) }
        return history
    }

    @Test func numbersAreContiguousAndTimeNeverGoesBack() {
        var history = RoomHistory(epoch: Epoch(random: 1, tag: 0))
        let messages = [50, 40, -5, 60].map { history.append(Self.draft(), now: $0, keeping: 100) }
        #expect(messages.map(\.id.description) == ["50-1", "50-2", "50-3", "60-4"])
        #expect(messages.map(\.ts) == [50, 40, -5, 60])
    }

    @Test func textsThatNobodyGetsLeaveTheMemory() {
        var history = Self.history(1)
        func append(_ text: String, _ act: MessageAct? = nil) -> MessageID {
            let draft = MessageDraft(
                user: UserID("u"), name: "Ann", text: text, key: "",
                plain: act == nil ? PlainForm(kind: .chat, ts: "\"form\"") : nil, act: act)
            return history.append(draft, now: 2_000, keeping: 100).id
        }
        func has(_ text: String) -> Bool {
            var found = ""
            dump(history, to: &found)
            return found.contains(text)
        }
        let id = append("first text")
        let before = history.memory
        _ = append("second text", .edit(id))
        #expect(!has("first text") && has("second text") && has("form"))
        _ = append("third text", .edit(id))
        #expect(!has("second text") && has("third text"))
        #expect(
            history.page(.backward(before: nil, limit: 3)).messages.map(\.text) == ["third text", "", "third text"])
        _ = append("", .delete(id))
        #expect(!has("third text") && !has("form") && has("Ann"))
        #expect(
            history.memory < before + 3 * (128 + 64 + RoomHistory.memoryPerMessage), "what is erased is not counted")
    }

    @Test func theOldestMessagesAreTrimmed() {
        let history = Self.history(10, keeping: 3)
        #expect(history.head.first == MessageID(ms: 1070, seq: 8))
        #expect(history.head.position.id == MessageID(ms: 1090, seq: 10))
    }

    @Test func everyRangeEqualsAFilterOverAllMessages() {
        let history = Self.history(12, keeping: 8)
        let all = history.page(.forward(after: .zero, through: nil, limit: 200)).messages
        #expect(all.map(\.id.seq) == Array(5...12))
        let bounds =
            [MessageID.zero, MessageID(ms: .max, seq: .max)]
            + all.flatMap { [$0.id, MessageID(ms: $0.id.ms + 5, seq: 0)] }
        for bound in bounds {
            for limit in [1, 3, 200] {
                let later = all.filter { $0.id > bound }
                let forward = history.page(.forward(after: bound, through: nil, limit: limit))
                #expect(forward.messages == Array(later.prefix(limit)))
                #expect(forward.more == (later.count > limit))
                #expect(forward.reached == later.prefix(limit).last?.id)

                let earlier = all.filter { $0.id < bound }
                let backward = history.page(.backward(before: bound, limit: limit))
                #expect(backward.messages == Array(earlier.suffix(limit)))
                #expect(backward.more == (earlier.count > limit))
                #expect(backward.reached == earlier.suffix(limit).first?.id)
            }
            for through in bounds {
                let between = all.filter { $0.id > bound && $0.id <= through }
                let page = history.page(.forward(after: bound, through: through, limit: 200))
                #expect(page.messages == between)
                #expect(!page.more)
            }
        }
    }
}
