import Sealing
import Testing

@Suite struct DeviceLinkTests {
    private static let secret = Array("a secret of at least 32 bytes, for tests".utf8)
    private let sealer: DeviceLinkSealer

    init() throws { sealer = try DeviceLinkSealer(secret: Self.secret) }

    @Test(arguments: ["Ann", "Größe 👩‍👩‍👧", String(repeating: "\u{1F469}", count: 128)])
    func aLinkIsOpenedByAnyNodeUntilItEnds(name: String) throws {
        let link = DeviceLink(user: "ann", name: name, endsAt: 1_000)
        let token = try sealer.seal(link)
        #expect(try DeviceLinkSealer(secret: Self.secret).open(token, now: 999) == link)
        #expect(sealer.open(token, now: 1_000) == nil)
        // It is part of an address.
        #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        #expect(DeviceLink(user: "ann", name: name, endsAt: 1_000).id != link.id)
    }

    @Test func tokensOfAnotherPurposeOrSecretAreNone() throws {
        let link = DeviceLink(user: "ann", name: "Ann", endsAt: 1_000)
        let guest = try GuestTokenSealer(secret: Self.secret)
        #expect(try sealer.open(guest.seal(GuestToken(user: "ann", issuedAt: 0)), now: 0) == nil)
        #expect(try guest.open(sealer.seal(link), now: 0) == nil)
        let other = Array("another secret of at least 32 bytes, too".utf8)
        #expect(try sealer.open(DeviceLinkSealer(secret: other).seal(link), now: 0) == nil)
        #expect(try DeviceLinkSealer(secret: other, previous: Self.secret).open(sealer.seal(link), now: 0) == link)
        for text in ["", "x", String(repeating: "A", count: 10_000)] { #expect(sealer.open(text, now: 0) == nil) }
    }
}
