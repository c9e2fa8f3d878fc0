import ChatModel
import Testing

@Suite struct EmojiTests {
    @Test(arguments: [
        "👍", "👍🏽", "❤️", "😀", "👩‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#️⃣", "⭐", "👩🏽‍❤️‍💋‍👨🏿", "🧑🏻‍🤝‍🧑🏿", "✅",
    ])
    func anEmojiIsOneCharacterShownAsAPicture(_ text: String) {
        #expect(Emoji.one(text) == text)
    }

    @Test(arguments: [
        "", " ", "a", "1", "#", "❤", "©", "é", "👍👍", "👍 ", "\n👍", "👍\u{301}", "\u{FE0F}", "1\u{FE0F}", "\u{200D}",
        "\u{202E}👍", "<b>", "\u{E0067}", "👍" + String(repeating: "\u{FE0F}", count: 20), "a\u{FE0F}", "\r\n",
        "👍\u{0}", "क्षि",
    ])
    func anythingElseIsRejected(_ text: String) {
        #expect(Emoji.one(text) == nil)
    }
}
