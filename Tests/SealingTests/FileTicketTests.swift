import Sealing
import Testing

@Suite struct FileTicketTests {
    private static let secret = Array("a secret of at least 32 bytes, for tests".utf8)
    private let sealer: FileTicketSealer
    private let ticket = FileTicket(
        room: "lobby", user: "ann", name: "Größe  1.png", type: "image/png", bytes: 7, width: 3, height: 0,
        endsAt: 1_000)

    init() throws { sealer = try FileTicketSealer(secret: Self.secret) }

    @Test func aTicketIsOpenedByAnyNodeUntilItEnds() throws {
        let text = try sealer.seal(ticket)
        #expect(try FileTicketSealer(secret: Self.secret).open(text, now: 999) == ticket)
        #expect(sealer.open(text, now: 1_000) == nil)
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }

    @Test func everyTicketHasAnotherID() {
        let ids = (0..<100).map { _ in
            FileTicket(room: "", user: "", name: "", type: "", bytes: 1, width: 0, height: 0, endsAt: 0).id
        }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { $0.wholeMatch(of: /[a-z2-7]{26}/) != nil })
    }

    @Test func theLongestTicketFits() throws {
        let longest = FileTicket(
            room: String(repeating: "r", count: 64), user: String(repeating: "u", count: 64),
            name: String(repeating: "😀", count: 128), type: String(repeating: "t", count: 100), bytes: .max,
            width: .max, height: .max, endsAt: .max)
        #expect(try sealer.open(sealer.seal(longest), now: 0) == longest)
    }

    @Test func tokensOfAnotherPurposeOrSecretAreNone() throws {
        let guest = try GuestTokenSealer(secret: Self.secret).seal(GuestToken(user: "ann", issuedAt: 0))
        #expect(sealer.open(guest, now: 0) == nil)
        let other = Array("another secret of at least 32 bytes, too".utf8)
        #expect(try sealer.open(FileTicketSealer(secret: other).seal(ticket), now: 0) == nil)
        #expect(try FileTicketSealer(secret: other, previous: Self.secret).open(sealer.seal(ticket), now: 0) == ticket)
        for text in ["", "x", String(repeating: "A", count: 10_000)] { #expect(sealer.open(text, now: 0) == nil) }
    }
}
