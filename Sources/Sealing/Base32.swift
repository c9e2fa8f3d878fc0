/// Lower-case base32 (RFC 4648, section 6): five bits a letter, safe in names.
enum Base32 {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// - `length`: how many letters; the bytes must hold as many bits.
    static func text(_ bytes: some Sequence<UInt8>, length: Int) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> count & 31)])
            }
        }
        return String(decoding: text.prefix(length), as: UTF8.self)
    }
}
