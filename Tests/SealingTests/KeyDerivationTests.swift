import Sealing
import Testing

@Suite struct KeyDerivationTests {
    struct Vector: Sendable {
        let secret: [UInt8]
        let salt: [UInt8]
        let purpose: [UInt8]
        let output: [UInt8]
    }

    /// RFC 5869, appendix A.1 to A.3.
    static let vectors = [
        Vector(
            secret: [UInt8](repeating: 0x0b, count: 22), salt: Array(0x00...0x0c), purpose: Array(0xf0...0xf9),
            output: hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")),
        Vector(
            secret: Array(0x00...0x4f), salt: Array(0x60...0xaf), purpose: Array(0xb0...0xff),
            output: hex(
                """
                b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
                da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87
                """)),
        Vector(
            secret: [UInt8](repeating: 0x0b, count: 22), salt: [], purpose: [],
            output: hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")),
    ]

    @Test(arguments: vectors) func derivedKeysMatchTheRFC(vector: Vector) throws {
        let output = try KeyDerivation.derive(
            from: vector.secret, salt: vector.salt, purpose: vector.purpose, length: vector.output.count)
        #expect(output == vector.output)
    }
}
