import COpenSSL

/// HKDF with SHA-256 (RFC 5869): derives keys from a secret, each bound to its purpose.
package enum KeyDerivation {
    private static let hashLength = 32

    /// - `purpose`: RFC 5869's `info`.
    /// - `length`: at most 8,160 bytes.
    package static func derive(
        from secret: [UInt8], salt: [UInt8], purpose: [UInt8], length: Int
    ) throws(SealingError) -> [UInt8] {
        precondition((1...255 * hashLength).contains(length), "HKDF cannot derive \(length) bytes")
        let pseudorandomKey = try authenticate(secret, key: salt)
        var output: [UInt8] = []
        var block: [UInt8] = []
        for counter in UInt8(1)... {
            block = try authenticate(block + purpose + [counter], key: pseudorandomKey)
            output += block
            if output.count >= length { break }
        }
        return Array(output.prefix(length))
    }

    /// HMAC-SHA-256. An empty key is equivalent to zeros, as RFC 5869 requires for an absent salt.
    package static func authenticate(_ message: [UInt8], key: [UInt8]) throws(SealingError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: hashLength)
        // OpenSSL treats a null key as "reuse the previous key", so never pass an empty array.
        let key = key.isEmpty ? [0] : key
        guard HMAC(Algorithm.sha256, key, Int32(key.count), message, message.count, &code, nil) != nil else {
            throw SealingError(.library, "OpenSSL does not support HMAC-SHA-256")
        }
        return code
    }
}
