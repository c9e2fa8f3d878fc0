import COpenSSL

/// OpenSSL's algorithms, found once: given `EVP_sha256()` and the like, OpenSSL searches its providers in each call.
enum Algorithm {
    // Immutable, and usable from any thread. `nil` if OpenSSL lacks it: the calls that get it fail then.
    nonisolated(unsafe) static let sha1 = EVP_MD_fetch(nil, "SHA1", nil)
    nonisolated(unsafe) static let sha256 = EVP_MD_fetch(nil, "SHA2-256", nil)
    nonisolated(unsafe) static let aes128GCM = EVP_CIPHER_fetch(nil, "AES-128-GCM", nil)
    nonisolated(unsafe) static let aes256GCM = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
}
