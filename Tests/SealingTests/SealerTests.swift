import Sealing
import Testing

@Suite struct SealerTests {
    struct Vector: Sendable {
        let key: [UInt8]
        let nonce: [UInt8]
        let plain: [UInt8]
        let context: [UInt8]
        let sealed: [UInt8]
    }

    /// McGrew and Viega, "The Galois/Counter Mode of Operation", submission to NIST, test cases 13, 14 and 16.
    static let vectors = [
        Vector(
            key: [UInt8](repeating: 0, count: 32), nonce: [UInt8](repeating: 0, count: 12), plain: [], context: [],
            sealed: hex("530f8afbc74536b9a963b4f1c4cb738b")),
        Vector(
            key: [UInt8](repeating: 0, count: 32), nonce: [UInt8](repeating: 0, count: 12),
            plain: [UInt8](repeating: 0, count: 16), context: [],
            sealed: hex("cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919")),
        Vector(
            key: hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
            nonce: hex("cafebabefacedbaddecaf888"),
            plain: hex(
                """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                """),
            context: hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
            sealed: hex(
                """
                522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b
                """)),
    ]

    @Test(arguments: vectors) func sealingMatchesTheStandard(vector: Vector) throws {
        let sealer = Sealer(key: vector.key)
        #expect(try sealer.seal(vector.plain, nonce: vector.nonce, context: vector.context) == vector.sealed)
        #expect(try sealer.open(vector.sealed, nonce: vector.nonce, context: vector.context) == vector.plain)
    }

    @Test func aMessageWithAnyBitChangedIsRejected() throws {
        let vector = Self.vectors[2]
        let sealer = Sealer(key: vector.key)
        for index in vector.sealed.indices {
            for bit in 0..<8 {
                var sealed = vector.sealed
                sealed[index] ^= 1 << bit
                expectBadSeal { try sealer.open(sealed, nonce: vector.nonce, context: vector.context) }
            }
        }
        for length in 0..<vector.sealed.count {
            expectBadSeal {
                try sealer.open(Array(vector.sealed.prefix(length)), nonce: vector.nonce, context: vector.context)
            }
        }
    }

    @Test func anotherKeyNonceOrContextIsRejected() {
        let vector = Self.vectors[2]
        var key = vector.key
        key[31] ^= 1
        var nonce = vector.nonce
        nonce[0] ^= 1
        expectBadSeal { try Sealer(key: key).open(vector.sealed, nonce: vector.nonce, context: vector.context) }
        expectBadSeal { try Sealer(key: vector.key).open(vector.sealed, nonce: nonce, context: vector.context) }
        expectBadSeal { try Sealer(key: vector.key).open(vector.sealed, nonce: vector.nonce, context: []) }
    }

    private func expectBadSeal(_ open: () throws -> [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: SealingError.self, sourceLocation: sourceLocation) { try open() }
        #expect(error?.code == .badSeal, sourceLocation: sourceLocation)
    }
}
