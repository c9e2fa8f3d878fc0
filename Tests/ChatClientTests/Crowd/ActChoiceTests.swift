import ChatModel
import Testing

@testable import ChatClient

struct ActChoiceTests {
    private static let ann = UserID("ann")

    private static func choices(_ count: Int, in room: ShownRoom, seed: UInt64 = 1) -> [MessageAct] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).compactMap { _ in ActChoice.next(in: room, by: ann, using: &generator) }
    }

    @Test func anEmptyRoomAllowsNoActs() {
        #expect(Self.choices(100, in: .with([])).isEmpty)
    }

    @Test func everyKindOccursAndMostAreAllowed() throws {
        let room = ShownRoom.with(
            (1...20).map { Entries.message($0, by: $0.isMultiple(of: 2) ? "ann" : "bob", "\($0)") }
                + [Entries.delete(20, as: 21)])
        let acts = Self.choices(2_000, in: room)
        var edits = 0
        var deletions = 0
        var reactions = 0
        var forbidden = 0
        var inVain = 0
        for act in acts {
            let target = try #require(room[act.target])
            switch act {
            case .edit: edits += 1
            case .delete: deletions += 1
            case .react: reactions += 1
            case .room, .other: break
            }
            if target.isDeleted { inVain += 1 }
            if case .delete = act, target.author != Self.ann { forbidden += 1 }
            if case .edit = act, target.author != Self.ann { forbidden += 1 }
        }
        #expect(acts.count == 2_000, "where a message is there is something to do")
        #expect(edits > 300 && deletions > 150 && reactions > 800, "\(edits), \(deletions), \(reactions)")
        #expect((20...300).contains(forbidden) && (20...500).contains(inVain), "\(forbidden), \(inVain)")
    }

    @Test func reactionsGatherOnOneMessageUntilItIsFull() throws {
        var room = ShownRoom.with((1...30).map { Entries.message($0, by: "bob", "\($0)") })
        var generator = SplitMix64(seed: 1)
        for seq in 31...400 as ClosedRange<UInt64> {
            guard case .react(let target, let emoji, let on) = ActChoice.next(in: room, by: Self.ann, using: &generator)
            else { continue }
            room.take(Entries.react(target.seq, as: seq, emoji, on: on))
        }
        #expect(try #require(room[Entries.id(1)]).reactions.count > MessageReaction.maximumEmoji)
    }

    @Test func aSeedRepeatsTheChoices() {
        let room = ShownRoom.with((1...20).map { Entries.message($0, "\($0)") })
        #expect(Self.choices(50, in: room, seed: 7) == Self.choices(50, in: room, seed: 7))
        #expect(Self.choices(50, in: room, seed: 7) != Self.choices(50, in: room, seed: 8))
    }
}
