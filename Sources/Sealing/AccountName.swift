/// The public name of an account elsewhere. Others see it, so it must not show the account's own name.
package enum AccountName {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// `id-` and 26 characters of base32, 130 bits of a digest. A guest's id has no hyphen.
    package static func of(_ subject: String, issuer: String) -> String {
        // Digests of both, so that no issuer and subject together spell another issuer and subject.
        let digest = Digest.sha256(Digest.sha256(Array(issuer.utf8)) + Digest.sha256(Array(subject.utf8)))
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in digest.prefix(17) {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> count & 31)])
            }
        }
        return "id-" + String(decoding: text.prefix(26), as: UTF8.self)
    }
}
