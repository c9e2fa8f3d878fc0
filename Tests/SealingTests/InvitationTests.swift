import Sealing
import Testing

@Suite struct InvitationTests {
    private static let secret = Array("a secret of at least 32 bytes, for tests".utf8)
    private let sealer: InvitationSealer
    private let invitation = Invitation(
        room: "private-x", title: "Größe", inviter: "ann", inviterName: "Ann Lee", uses: 3, endsAt: 1_000)

    init() throws { sealer = try InvitationSealer(secret: Self.secret) }

    @Test func anInvitationIsOpenedByAnyNodeUntilItEnds() throws {
        let token = try sealer.seal(invitation)
        #expect(try InvitationSealer(secret: Self.secret).open(token, now: 999) == invitation)
        #expect(sealer.open(token, now: 1_000) == nil)
        #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }

    @Test func tokensOfAnotherPurposeOrSecretAreNone() throws {
        let guest = try GuestTokenSealer(secret: Self.secret).seal(GuestToken(user: "ann", issuedAt: 0))
        #expect(sealer.open(guest, now: 0) == nil)
        #expect(try GuestTokenSealer(secret: Self.secret).open(sealer.seal(invitation), now: 0) == nil)
        let other = Array("another secret of at least 32 bytes, too".utf8)
        #expect(try sealer.open(InvitationSealer(secret: other).seal(invitation), now: 0) == nil)
        #expect(try InvitationSealer(secret: other, previous: Self.secret).open(sealer.seal(invitation), now: 0) != nil)
        for text in ["", "x", String(repeating: "A", count: 10_000)] { #expect(sealer.open(text, now: 0) == nil) }
    }

    @Test func namesOfPrivateRoomsAreTheSameForTheSamePeople() {
        #expect(PrivateRoomName.of("ann", and: "bob") == PrivateRoomName.of("bob", and: "ann"))
        #expect(PrivateRoomName.of("ann", and: "bob") != PrivateRoomName.of("annb", and: "ob"))
        #expect(PrivateRoomName.of("ann", key: "k") != PrivateRoomName.of("annk", key: ""))
        #expect(PrivateRoomName.of("ann", key: "k").utf8.count == 35)
    }
}
