import ChatModel
import Testing

@testable import ChatClient

/// The rules of `docs/protocol.md`, section 10, as tables: a message, what is done to it, and what is shown then.
struct ShownMessageTests {
    private static let first = Entries.message(1, by: "ann", "one")

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var start = ShownMessageTests.first
        let acts: [ChatMessage]
        let text: String
        var edited: UInt64?
        var isDeleted = false
        var reactions: [String: Set<UserID>] = [:]

        init(
            _ what: String, start: ChatMessage = ShownMessageTests.first, _ acts: [ChatMessage], text: String,
            edited: UInt64? = nil, isDeleted: Bool = false, reactions: [String: [String]] = [:]
        ) {
            testDescription = what
            self.start = start
            self.acts = acts
            self.text = text
            self.edited = edited
            self.isDeleted = isDeleted
            self.reactions = reactions.mapValues { Set($0.map { UserID($0) }) }
        }
    }

    private static func read(_ text: String, _ state: MessageState) -> ChatMessage { first.showing(text, state) }

    private static let cases: [Case] = [
        Case("nothing", [], text: "one"),
        Case("an edit", [Entries.edit(1, as: 2, "two")], text: "two", edited: 2),
        Case(
            "the last edit counts", [Entries.edit(1, as: 2, "two"), Entries.edit(1, as: 3, "three")], text: "three",
            edited: 3),
        Case(
            "an edit that comes late counts for nothing",
            [Entries.edit(1, as: 3, "three"), Entries.edit(1, as: 2, "two")], text: "three", edited: 3),
        Case(
            "a page knew of a later edit",
            start: read("five", .changed(edited: Entries.id(5), reactions: [])), [Entries.edit(1, as: 4, "four")],
            text: "five", edited: 5),
        Case(
            "an edit again", start: read("five", .changed(edited: Entries.id(5), reactions: [])),
            [Entries.edit(1, as: 5, "five")], text: "five", edited: 5),
        Case(
            "a deletion takes everything",
            [Entries.edit(1, as: 2, "two"), Entries.react(1, as: 3, "👍"), Entries.delete(1, as: 4)], text: "",
            isDeleted: true),
        Case(
            "after a deletion nothing counts",
            [
                Entries.delete(1, as: 2), Entries.edit(1, as: 3, "three"), Entries.react(1, as: 4, "👍"),
                Entries.delete(1, as: 5),
            ], text: "", isDeleted: true),
        Case(
            "a page knew of the deletion", start: read("", .deleted),
            [Entries.edit(1, as: 2, "two"), Entries.react(1, as: 3, "👍")], text: "", isDeleted: true),
        Case(
            "reactions of several", [Entries.react(1, as: 2, "👍", by: "bob"), Entries.react(1, as: 3, "👍", by: "eve")],
            text: "one", reactions: ["👍": ["bob", "eve"]]),
        Case(
            "a reaction twice is one", [Entries.react(1, as: 2, "👍"), Entries.react(1, as: 3, "👍")], text: "one",
            reactions: ["👍": ["bob"]]),
        Case(
            "a reaction that is taken back",
            [Entries.react(1, as: 2, "👍"), Entries.react(1, as: 3, "🎉"), Entries.react(1, as: 4, "👍", on: false)],
            text: "one", reactions: ["🎉": ["bob"]]),
        Case("one that was not there is taken back", [Entries.react(1, as: 2, "👍", on: false)], text: "one"),
        Case(
            "a page knew that it was taken back and given again",
            start: read(
                "one", .changed(edited: nil, reactions: [.init(emoji: "👍", users: [UserID("bob"), UserID("eve")])])),
            [Entries.react(1, as: 2, "👍"), Entries.react(1, as: 3, "👍", on: false), Entries.react(1, as: 4, "👍")],
            text: "one", reactions: ["👍": ["bob", "eve"]]),
        Case("a message is no act", [Entries.message(2, by: "ann", "two")], text: "one"),
    ]

    @Test(arguments: cases)
    func actsFollowTheProtocol(rules: Case) {
        var message = ShownMessage(rules.start)
        for act in rules.acts { message.apply(act) }
        #expect(message.text == rules.text)
        #expect(message.edited == rules.edited.map { Entries.id($0) })
        #expect(message.isDeleted == rules.isDeleted)
        #expect(message.reactions == rules.reactions)
    }

    @Test func theOrderOfReactionsIsNotCompared() {
        func shown(_ users: [String]) -> ShownMessage {
            ShownMessage(
                Self.read("one", .changed(edited: nil, reactions: [.init(emoji: "👍", users: users.map { UserID($0) })]))
            )
        }
        #expect(shown(["bob", "eve"]) == shown(["eve", "bob"]))
        #expect(shown(["bob", "eve"]) != shown(["bob"]))
    }
}
