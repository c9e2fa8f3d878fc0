import COpenSSL

/// AES-GCM (NIST SP 800-38D) with a key of 256 bits, or of 128 for Web Push, by the system's OpenSSL: encrypts bytes, and decrypts only what was sealed with the
/// same key and not modified since.
///
/// A value, usable from any thread: each call has its own OpenSSL context. The owner of a key must never reuse a nonce
/// with it.
package struct Sealer: Sendable {
    package static let keyLength = 32
    package static let nonceLength = 12
    package static let tagLength = 16

    private let key: [UInt8]

    package init(key: [UInt8]) {
        precondition(key.count == Self.keyLength, "a key has \(Self.keyLength) bytes, not \(key.count)")
        self.key = key
    }

    /// With a key of 16 bytes.
    init(shortKey key: [UInt8]) {
        precondition(key.count == 16, "a short key has 16 bytes, not \(key.count)")
        self.key = key
    }

    /// - `context`: authenticated but not included in the result; must be the same when opening.
    /// - Returns: the ciphertext followed by the tag.
    package func seal(_ plain: [UInt8], nonce: [UInt8], context: [UInt8]) throws(SealingError) -> [UInt8] {
        let cipher = try CipherContext(.seal)
        try cipher.begin(key: key, nonce: nonce)
        try cipher.authenticate(context)
        var sealed = try cipher.update(plain)
        try cipher.finish()
        sealed += try cipher.tag(length: Self.tagLength)
        return sealed
    }

    /// Throws `badSeal` if `seal` did not produce the bytes.
    package func open(_ sealed: [UInt8], nonce: [UInt8], context: [UInt8]) throws(SealingError) -> [UInt8] {
        guard sealed.count >= Self.tagLength, sealed.count <= Int(Int32.max) else { throw CipherContext.badSeal }
        let cipher = try CipherContext(.open)
        try cipher.begin(key: key, nonce: nonce)
        try cipher.authenticate(context)
        let plain = try cipher.update(Array(sealed.dropLast(Self.tagLength)))
        try cipher.expect(tag: Array(sealed.suffix(Self.tagLength)))
        try cipher.finish()
        return plain
    }
}

/// Owns an `EVP_CIPHER_CTX` for one operation.
private struct CipherContext: ~Copyable {
    enum Direction: Int32 { case open = 0, seal = 1 }

    static let badSeal = SealingError(.badSeal, "not sealed with this key, or modified since")

    private let context: OpaquePointer
    private let direction: Direction

    init(_ direction: Direction) throws(SealingError) {
        guard let context = EVP_CIPHER_CTX_new() else { throw SealingError(.library, "out of memory") }
        self.context = context
        self.direction = direction
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    func begin(key: [UInt8], nonce: [UInt8]) throws(SealingError) {
        precondition(nonce.count == Sealer.nonceLength, "a nonce has \(Sealer.nonceLength) bytes, not \(nonce.count)")
        let algorithm = key.count == Sealer.keyLength ? Algorithm.aes256GCM : Algorithm.aes128GCM
        guard EVP_CipherInit_ex(context, algorithm, nil, key, nonce, direction.rawValue) == 1 else {
            throw SealingError(.library, "OpenSSL does not support AES-GCM")
        }
    }

    /// Authenticates bytes that are not part of the result.
    func authenticate(_ bytes: [UInt8]) throws(SealingError) {
        guard !bytes.isEmpty else { return }
        var length: Int32 = 0
        try check(EVP_CipherUpdate(context, nil, &length, bytes, Int32(bytes.count)))
    }

    func update(_ input: [UInt8]) throws(SealingError) -> [UInt8] {
        guard !input.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: input.count)
        var length: Int32 = 0
        try check(EVP_CipherUpdate(context, &output, &length, input, Int32(input.count)))
        return output
    }

    /// When opening, this compares the tag.
    func finish() throws(SealingError) {
        var none: UInt8 = 0
        var length: Int32 = 0
        guard EVP_CipherFinal_ex(context, &none, &length) == 1 else {
            throw direction == .open ? Self.badSeal : SealingError(.library, "OpenSSL failed to finish sealing")
        }
    }

    func tag(length: Int) throws(SealingError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: length)
        try check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(length), &tag))
        return tag
    }

    func expect(tag: [UInt8]) throws(SealingError) {
        var tag = tag
        try check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag))
    }

    private func check(_ result: Int32) throws(SealingError) {
        guard result == 1 else { throw SealingError(.library, "OpenSSL failed to seal or open") }
    }
}
