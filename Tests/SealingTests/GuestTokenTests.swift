import Sealing
import Testing

@Suite struct GuestTokenTests {
    private static let secret = Array("a secret of at least 32 bytes, for tests".utf8)
    private static let other = Array("another secret of at least 32 bytes, too".utf8)
    private let sealer: GuestTokenSealer
    private let token = GuestToken(user: "9f1c2b", issuedAt: 1_700_000_000)

    init() throws {
        sealer = try GuestTokenSealer(secret: Self.secret)
    }

    @Test func anyNodeWithTheSecretOpensAToken() throws {
        let text = try sealer.seal(token)
        #expect(try GuestTokenSealer(secret: Self.secret).open(text, now: token.issuedAt) == token)
    }

    @Test func tokensAreShortURLSafeAndUnique() throws {
        let texts = try (0..<100).map { _ in try sealer.seal(token) }
        #expect(Set(texts).count == 100)
        for text in texts {
            #expect(text.utf8.count <= 100)
            #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        }
    }

    @Test func aTokenExpiresAfter400Days() throws {
        let text = try sealer.seal(token)
        let end = token.issuedAt + 400 * 86_400
        #expect(sealer.open(text, now: end - 1) == token)
        #expect(sealer.open(text, now: end) == nil)
    }

    @Test func aTokenFromAClockThatWasAheadIsAccepted() throws {
        #expect(sealer.open(try sealer.seal(token), now: 0) == token)
        let extreme = GuestToken(user: "u", issuedAt: .min)
        #expect(sealer.open(try sealer.seal(extreme), now: .max) == nil)
    }

    @Test func thePreviousSecretStillOpens() throws {
        let old = try GuestTokenSealer(secret: Self.other).seal(token)
        #expect(sealer.open(old, now: token.issuedAt) == nil)
        let rotating = try GuestTokenSealer(secret: Self.secret, previous: Self.other)
        #expect(rotating.open(old, now: token.issuedAt) == token)
        #expect(rotating.open(try sealer.seal(token), now: token.issuedAt) == token)
        #expect(try sealer.open(rotating.seal(token), now: token.issuedAt) == token)
    }

    @Test func aTokenWithAnyCharacterChangedIsRejected() throws {
        let text = Array(try sealer.seal(token))
        // The last character may hold bits that belong to no byte.
        for index in text.indices.dropLast() {
            for replacement in Array("Az_+= é\0") where replacement != text[index] {
                var changed = text
                changed[index] = replacement
                #expect(sealer.open(String(changed), now: token.issuedAt) == nil)
            }
        }
    }

    @Test(arguments: ["", "A", "AAAA", String(repeating: "A", count: 64), String(repeating: "A", count: 100_000), "{}"])
    func garbageIsRejected(text: String) {
        #expect(sealer.open(text, now: 0) == nil)
    }

    @Test func aTruncatedTokenIsRejected() throws {
        let text = try sealer.seal(token)
        for length in 0..<text.count { #expect(sealer.open(String(text.prefix(length)), now: 0) == nil) }
    }

    @Test func theLongestUserFits() throws {
        let longest = GuestToken(
            user: String(repeating: "u", count: GuestTokenSealer.maximumUserLength), issuedAt: token.issuedAt)
        #expect(sealer.open(try sealer.seal(longest), now: token.issuedAt) == longest)
    }
}
