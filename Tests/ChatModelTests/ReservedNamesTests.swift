import ChatModel
import TestSupport
import Testing

struct ReservedNamesTests {
    private static let names = ReservedNames(["admin", "moderator", "Wächter"])

    @Test(arguments: [
        "admin", "Admin", "ADMIN", "a d m i n", "admin.", "аdmin", "АDМIN", "ΑDΜΙΝ", "ａｄｍｉｎ", "𝐚𝐝𝐦𝐢𝐧", "àdmïn", "adm1n",
        "admln", "AdmIn", "ad\u{200B}min", "ⓐⓓⓜⓘⓝ", "adrnin", "ɑdmın", "moderatоr", "ᴀᴅᴍɪɴ", "admɪn", "🅰🅳🅼🅸🅽",
        "🅐🅓🅜🅘🅝", "ađmin", "@dmin", "Admin\u{02BC}", "Admin\u{02B9}", "Admin\u{A78C}", "m0derator", "wachter",
        "VVächter",
    ])
    func whatLooksReservedIsShownAsAGuest(name: String) {
        #expect(Self.names.shown(name).hasSuffix(" (guest)"), "\(name)")
    }

    @Test(arguments: [
        "ann", "Adminton", "badmin", "admin2", "администратор", "管理者", "🦊", "مدير", "admin (guest)", "adam",
    ])
    func otherNamesStayAsTheyAre(name: String) {
        #expect(Self.names.shown(name) == name)
    }

    @Test func theShownNameIsAName() {
        var generator = SeededGenerator(seed: 7)
        let marks = ["", ".", " ", "\u{301}", "\u{200D}", "-", "!", "\u{302}\u{303}"]
        for _ in 0..<2_000 {
            let name =
                "admin".map { "\($0)" + (marks.randomElement(using: &generator) ?? "") }.joined()
                + String(repeating: ".", count: Int.random(in: 0...30, using: &generator))
            guard let given = UserName(name)?.description else { continue }
            let shown = Self.names.shown(given)
            #expect(UserName(shown)?.description == shown && shown.hasSuffix(" (guest)"), "\(given)")
        }
    }

    @Test func withoutWordsNothingIsReserved() {
        #expect(ReservedNames([]).shown("admin") == "admin")
        #expect(ReservedNames(["🦊", "…"]).shown("🦊") == "🦊")
    }
}
