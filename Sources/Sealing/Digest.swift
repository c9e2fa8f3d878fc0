internal import COpenSSL

/// Digests (FIPS 180-4): fixed-length names for long or untrusted data.
package enum Digest {
    /// 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        digest(bytes, Algorithm.sha256, length: 32)
    }

    /// 20 bytes. Not for secrets: Redis identifies scripts by it.
    package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        digest(bytes, Algorithm.sha1, length: 20)
    }

    private static func digest(_ bytes: [UInt8], _ algorithm: OpaquePointer?, length: Int) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: length)
        guard EVP_Digest(bytes, bytes.count, &digest, nil, algorithm, nil) == 1 else {
            preconditionFailure("OpenSSL lacks SHA-1 or SHA-256")
        }
        return digest
    }
}
