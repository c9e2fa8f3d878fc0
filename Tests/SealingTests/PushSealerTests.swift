import Sealing
import Testing

@Suite struct PushSealerTests {
    private func bytes(_ text: String) throws -> [UInt8] { try #require(Base64URL.decode(text.utf8)) }

    private static let browserKey =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    private static let secret = "BTBZMqHH6r4Tts7J_aSIgg"

    /// RFC 8291, appendix A.
    @Test func aMessageIsSealedAsInTheRFC() throws {
        let sealer = try #require(PushSealer(publicKey: bytes(Self.browserKey), secret: bytes(Self.secret)))
        let key = try P256Key(scalar: bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
        #expect(
            Base64URL.encode(key.publicKey)
                == "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")
        let sealed = try sealer.seal(
            Array("When I grow up, I want to be a watermelon".utf8), key: key, salt: bytes("DGv6ra1nlYgDCS1FRnbzlw"))
        #expect(
            Base64URL.encode(sealed)
                == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
                + "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
                + "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
    }

    @Test func bothSidesAgreeOnASecret() throws {
        for _ in 0..<50 {
            let (one, other) = (try P256Key.random(), try P256Key.random())
            #expect(try one.secret(with: other.publicKey) == other.secret(with: one.publicKey))
        }
    }

    @Test(arguments: 0..<65) func aKeyWithAnotherBitIsRefused(index: Int) throws {
        var key = try bytes(Self.browserKey)
        key[index] ^= 1
        #expect(!P256Key.isPublicKey(key))
        #expect(PushSealer(publicKey: key, secret: try bytes(Self.secret)) == nil)
        #expect(throws: SealingError.self) { try P256Key.random().secret(with: key) }
    }

    @Test func anythingElseIsNoKey() throws {
        let key = try bytes(Self.browserKey)
        for wrong in [[], [0], [UInt8](repeating: 0, count: 65), Array(key.dropLast()), key + [0]] {
            #expect(!P256Key.isPublicKey(wrong))
        }
        #expect(PushSealer(publicKey: key, secret: []) == nil)
        #expect(throws: SealingError.self) { try P256Key(scalar: [UInt8](repeating: 0, count: 32)) }
        #expect(throws: SealingError.self) { try P256Key(scalar: [UInt8](repeating: 255, count: 32)) }
    }

    @Test func lengthsAreRoundedUp() throws {
        let sealer = try #require(PushSealer(publicKey: bytes(Self.browserKey), secret: bytes(Self.secret)))
        func length(_ count: Int) throws -> Int {
            try sealer.seal([UInt8](repeating: 1, count: count), paddedTo: 256, key: .random()).count
        }
        #expect(try length(1) == length(256))
        #expect(try length(257) == length(512))
        #expect(try length(PushSealer.longest) == 4_096)
    }

    @Test func aDerivedKeyIsTheSameEachTime() throws {
        let secret = [UInt8](repeating: 7, count: 32)
        let key = try P256Key.derived(from: secret, purpose: "a")
        #expect(try P256Key.derived(from: secret, purpose: "a").publicKey == key.publicKey)
        #expect(try P256Key.derived(from: secret, purpose: "b").publicKey != key.publicKey)
        #expect(try key.sign(Array("x".utf8)).count == 64)
    }

    @Test func base64URLReadsWhatItWrites() throws {
        for count in 0..<100 {
            let bytes = RandomBytes.make(count)
            #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
        }
    }
}
