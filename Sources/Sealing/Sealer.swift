import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) from the system's OpenSSL: hides bytes, and opens only what was sealed under the same
/// key and has not been changed since.
///
/// A value that may be used from any thread: each call has an OpenSSL context of its own. A key must never see the
/// same nonce twice; who owns the key sees to that.
package struct Sealer: Sendable {
    package static let keyLength = 32
    package static let nonceLength = 12
    package static let tagLength = 16

    private let key: [UInt8]

    package init(key: [UInt8]) {
        precondition(key.count == Self.keyLength, "a key has \(Self.keyLength) bytes, not \(key.count)")
        self.key = key
    }

    /// - `context`: is not in the result, but must be the same when it is opened.
    /// - Returns: the hidden bytes and after them the tag.
    package func seal(_ plain: [UInt8], nonce: [UInt8], context: [UInt8]) throws(SealingError) -> [UInt8] {
        let cipher = try CipherContext(.seal)
        try cipher.begin(key: key, nonce: nonce)
        try cipher.authenticate(context)
        var sealed = try cipher.update(plain)
        try cipher.finish()
        sealed += try cipher.tag(length: Self.tagLength)
        return sealed
    }

    /// Throws `badSeal` for whatever `seal` did not make.
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

/// Owner of an `EVP_CIPHER_CTX` for one operation.
private struct CipherContext: ~Copyable {
    enum Direction: Int32 { case open = 0, seal = 1 }

    static let badSeal = SealingError(.badSeal, "it was not sealed with this key, or was changed since")

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
        guard EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, direction.rawValue) == 1 else {
            throw SealingError(.library, "OpenSSL offers no AES-256-GCM")
        }
    }

    /// Covers bytes by the tag that are not part of the result.
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

    /// When opening, this is where the tag is compared.
    func finish() throws(SealingError) {
        var none: UInt8 = 0
        var length: Int32 = 0
        guard EVP_CipherFinal_ex(context, &none, &length) == 1 else {
            throw direction == .open ? Self.badSeal : SealingError(.library, "OpenSSL could not finish a seal")
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
        guard result == 1 else { throw SealingError(.library, "OpenSSL could not work on a seal") }
    }
}
