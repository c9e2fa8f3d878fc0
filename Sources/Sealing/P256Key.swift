import COpenSSL

/// A private key on the curve P-256 (NIST SP 800-186), as Web Push uses it: to agree on a secret with a browser (ECDH),
/// and to sign (ES256, RFC 7518).
///
/// A value, usable from any thread.
package struct P256Key: Sendable {
    package static let scalarLength = 32
    /// Of a public key: `4`, and both coordinates.
    package static let publicLength = 65

    private let scalar: [UInt8]
    package let publicKey: [UInt8]

    /// A key that nobody has.
    package static func random() throws(SealingError) -> P256Key {
        // One of 2³² draws is no scalar.
        for _ in 0..<4 {
            if let key = try? P256Key(scalar: RandomBytes.make(scalarLength)) { return key }
        }
        throw SealingError(.library, "OpenSSL made no key on P-256")
    }

    /// The same for the same secret and purpose, so that all nodes of a cluster have one key.
    package static func derived(from secret: [UInt8], purpose: String) throws(SealingError) -> P256Key {
        for attempt in UInt8(0)..<4 {
            let scalar = try KeyDerivation.derive(
                from: secret, salt: [attempt], purpose: Array(purpose.utf8), length: scalarLength)
            if let key = try? P256Key(scalar: scalar) { return key }
        }
        throw SealingError(.library, "OpenSSL made no key on P-256")
    }

    /// - Throws: if it is not between 1 and the order of the curve.
    package init(scalar: [UInt8]) throws(SealingError) {
        precondition(scalar.count == Self.scalarLength, "a scalar has 32 bytes, not \(scalar.count)")
        let curve = try Curve()
        guard let number = BN_bin2bn(scalar, Int32(scalar.count), nil) else { throw Curve.failure }
        defer { BN_clear_free(number) }
        guard BN_is_zero(number) == 0, BN_cmp(number, EC_GROUP_get0_order(curve.group)) < 0 else {
            throw SealingError(.library, "no scalar of P-256")
        }
        guard let point = EC_POINT_new(curve.group) else { throw Curve.failure }
        defer { EC_POINT_free(point) }
        guard EC_POINT_mul(curve.group, point, number, nil, nil, nil) == 1 else { throw Curve.failure }
        self.scalar = scalar
        publicKey = try curve.bytes(of: point)
    }

    /// Whether a browser may have such a key: a point on the curve, and not the one at infinity.
    package static func isPublicKey(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == publicLength, let curve = try? Curve(), let point = EC_POINT_new(curve.group) else {
            return false
        }
        defer { EC_POINT_free(point) }
        return curve.read(bytes, into: point)
    }

    /// ECDH (RFC 7748 calls it the shared secret): the x of our scalar times their point.
    package func secret(with publicKey: [UInt8]) throws(SealingError) -> [UInt8] {
        let curve = try Curve()
        guard let theirs = EC_POINT_new(curve.group) else { throw Curve.failure }
        defer { EC_POINT_free(theirs) }
        guard publicKey.count == Self.publicLength, curve.read(publicKey, into: theirs) else {
            throw SealingError(.badKey, "not a public key on P-256")
        }
        guard let product = EC_POINT_new(curve.group) else { throw Curve.failure }
        defer { EC_POINT_clear_free(product) }
        guard let number = BN_bin2bn(scalar, Int32(scalar.count), nil) else { throw Curve.failure }
        defer { BN_clear_free(number) }
        guard EC_POINT_mul(curve.group, product, nil, theirs, number, nil) == 1 else { throw Curve.failure }
        return Array(try curve.bytes(of: product)[1...Self.scalarLength])
    }

    /// ECDSA with SHA-256: both numbers of the signature, 64 bytes.
    package func sign(_ message: [UInt8]) throws(SealingError) -> [UInt8] {
        let key = try makeKey()
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { throw Curve.failure }
        defer { EVP_MD_CTX_free(context) }
        var length = 0
        guard EVP_DigestSignInit_ex(context, nil, "SHA2-256", nil, nil, key, nil) == 1,
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else { throw Curve.failure }
        var encoded = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &encoded, &length, message, message.count) == 1 else { throw Curve.failure }
        return try Self.plain(Array(encoded.prefix(length)))
    }

    /// As an `ECPrivateKey` (RFC 5915), which is all of fixed length.
    private func makeKey() throws(SealingError) -> OpaquePointer {
        let curve: [UInt8] = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        let encoded =
            [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20] + scalar + curve + [0xA1, 0x44, 0x03, 0x42, 0x00] + publicKey
        let key = encoded.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_AutoPrivateKey(nil, &start, bytes.count)
        }
        guard let key else { throw Curve.failure }
        return key
    }

    /// From DER to the form of tokens.
    private static func plain(_ encoded: [UInt8]) throws(SealingError) -> [UInt8] {
        let signature = encoded.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_ECDSA_SIG(nil, &start, bytes.count)
        }
        guard let signature else { throw Curve.failure }
        defer { ECDSA_SIG_free(signature) }
        var plain = [UInt8](repeating: 0, count: 2 * scalarLength)
        let isDone = plain.withUnsafeMutableBufferPointer { bytes in
            BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes.baseAddress, Int32(scalarLength)) == scalarLength
                && BN_bn2binpad(
                    ECDSA_SIG_get0_s(signature), bytes.baseAddress.map { $0 + scalarLength }, Int32(scalarLength))
                    == scalarLength
        }
        guard isDone else { throw Curve.failure }
        return plain
    }
}

/// Owns an `EC_GROUP` of P-256.
private struct Curve: ~Copyable {
    static var failure: SealingError { SealingError(.library, "OpenSSL failed to compute on P-256") }

    let group: OpaquePointer

    init() throws(SealingError) {
        guard let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else { throw Self.failure }
        self.group = group
    }

    deinit { EC_GROUP_free(group) }

    func bytes(of point: OpaquePointer) throws(SealingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: P256Key.publicLength)
        let length = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, nil)
        guard length == bytes.count else { throw Self.failure }
        return bytes
    }

    /// `false`: it is not on the curve.
    func read(_ bytes: [UInt8], into point: OpaquePointer) -> Bool {
        EC_POINT_oct2point(group, point, bytes, bytes.count, nil) == 1 && EC_POINT_is_at_infinity(group, point) == 0
    }
}
