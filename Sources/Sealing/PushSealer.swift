/// Encrypts a push message for one browser: `aes128gcm` (RFC 8188) with the keys of RFC 8291. The push service in
/// between cannot read it.
package struct PushSealer: Sendable {
    package static let secretLength = 16
    private static let saltLength = 16
    private static let recordSize: UInt32 = 4_096
    /// Longer plaintexts do not fit into the one record that push services take.
    package static let longest = 3_993

    private let publicKey: [UInt8]
    private let secret: [UInt8]

    /// - Parameters:
    ///   - publicKey: the browser's `p256dh`.
    ///   - secret: the browser's `auth`.
    package init?(publicKey: [UInt8], secret: [UInt8]) {
        guard secret.count == Self.secretLength, P256Key.isPublicKey(publicKey) else { return nil }
        self.publicKey = publicKey
        self.secret = secret
    }

    /// - Parameters:
    ///   - paddedTo: the plaintext gets zeros up to a multiple of this, so that its length says little.
    ///   - key, salt: fresh ones for each message.
    package func seal(
        _ plain: [UInt8], paddedTo step: Int = 1, key: P256Key, salt: [UInt8] = RandomBytes.make(Self.saltLength)
    ) throws(SealingError) -> [UInt8] {
        precondition(plain.count <= Self.longest, "a push message has at most \(Self.longest) bytes")
        let shared = try key.secret(with: publicKey)
        let input = try KeyDerivation.derive(
            from: shared, salt: secret, purpose: Array("WebPush: info\0".utf8) + publicKey + key.publicKey, length: 32)
        let contentKey = try KeyDerivation.derive(
            from: input, salt: salt, purpose: Array("Content-Encoding: aes128gcm\0".utf8), length: 16)
        let nonce = try KeyDerivation.derive(
            from: input, salt: salt, purpose: Array("Content-Encoding: nonce\0".utf8), length: Sealer.nonceLength)
        let length = min(Self.longest, (plain.count + step - 1) / step * step)
        // 2 ends the text of the last record; padding follows.
        let record = plain + [2] + [UInt8](repeating: 0, count: length - plain.count)
        let sealed = try Sealer(shortKey: contentKey).seal(record, nonce: nonce, context: [])
        let size = Self.recordSize
        let header = salt + [UInt8(size >> 24), UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255)]
        return header + [UInt8(P256Key.publicLength)] + key.publicKey + sealed
    }
}
