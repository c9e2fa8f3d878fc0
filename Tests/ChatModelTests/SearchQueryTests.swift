import Testing

@testable import ChatModel

@Suite struct SearchQueryTests {
    private static func message(_ text: String, from name: String = "Ann") -> ChatMessage {
        ChatMessage(id: MessageID(ms: 1, seq: 1), user: UserID("u"), name: name, text: text, key: "", ts: 1)
    }

    @Test(arguments: [
        ("größe", "GROSSE Größe"), ("GROSSE", "größe"), ("GRÖẞE", "grosse"), ("strasse", "Straße"),
        ("straße", "STRASSE"), ("cafe", "Café"), ("café", "cafe"), ("cafe\u{301}", "caf\u{E9}"),
        ("ＡＢＣ", "abc"), ("abc", "ＡＢＣ"), ("ﬁn", "FIN"), ("σοφός", "ΣΟΦΟΣ"), ("ΣΟΦΌΣ", "σοφος"),
        ("istanbul", "İSTANBUL"), ("ılık", "ILIK"), ("ёлка", "ЕЛКА"), ("ﺳﻼﻡ", "سلام"), ("سلام", "سَلَام"),
        ("שלום", "שָׁלוֹם"), ("ｶﾞ", "ガ"), ("❤", "❤️"), ("coop", "co\u{AD}op"), ("é", "E"),
    ])
    func caseWidthAndMarksAreIgnored(_ query: String, _ text: String) throws {
        #expect(try #require(SearchQuery(query)).matches(Self.message(text)))
    }

    @Test(arguments: [
        ("o", "ø"), ("か", "が"), ("ハ", "パ"), ("क", "ख"), ("น้ำ", "นำ"), ("d", "ð"), ("abc", "ab c"), ("a", ""),
    ])
    func differentLettersDoNotMatch(_ query: String, _ text: String) throws {
        let query = try #require(SearchQuery(query))
        #expect(!query.matches(Self.message(text)))
    }

    @Test(arguments: [
        ("deploy went", "The DEPLOY went through", true), ("went deploy", "The deploy went through", true),
        ("ploy", "The deploy", true), ("deploy failed", "The deploy went through", false),
        ("  deploy\n\twent ", "deploy went", true), ("a\u{A0}b", "b a", true),
        ("https://", "see https://x.y", true),
        ("100%", "by 100% sure", true), (".*", "anything", false),
    ])
    func allWordsMustOccurInAnyOrderAlsoWithinOtherWords(_ query: String, _ text: String, _ found: Bool) throws {
        #expect(try #require(SearchQuery(query)).matches(Self.message(text)) == found)
    }

    @Test(arguments: [
        ("from:ann", "Ann Lee", true), ("from:lee from:ann", "Ann Lee", true), ("FROM:ÄNN", "ann", true),
        ("from:ann hello", "Ann", true), ("from:ann bye", "Ann", false), ("hello from:bob", "Ann", false),
        ("from:", "Ann", false), ("from: hello", "Ann", false), ("hello", "Ann", true), ("ann", "Ann", false),
    ])
    func fromMatchesTheSendersName(_ query: String, _ name: String, _ found: Bool) throws {
        #expect(try #require(SearchQuery(query)).matches(Self.message("hello", from: name)) == found)
    }

    @Test func messagesWithoutTextAreNotFound() throws {
        let query = try #require(SearchQuery("from:ann"))
        let said = Self.message("hello")
        #expect(query.matches(said))
        #expect(query.matches(said.showing("hello", .changed(edited: said.id, reactions: []))))
        #expect(!query.matches(said.showing("", .deleted)))
        let act = ChatMessage(
            id: said.id, user: said.user, name: said.name, text: "hello", key: "", ts: 1, act: .edit(said.id))
        #expect(!query.matches(act))
    }

    @Test func queriesAreTrimmedAndMeasuredInScalars() throws {
        #expect(try #require(SearchQuery(" \n ab \t")).description == "ab")
        let longest = String(repeating: "😀", count: SearchQuery.maximumLength)
        #expect(SearchQuery("  \(longest)  ")?.description == longest)
        #expect(SearchQuery(longest + "x") == nil)
    }

    @Test(arguments: ["", " \n\t\u{3000}", "\u{301}", "\u{200D}\u{FE0F}"])
    func unsearchableTextIsNotAQuery(_ text: String) {
        #expect(SearchQuery(text) == nil)
    }
}
