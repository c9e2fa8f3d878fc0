/// The public name of an account elsewhere. Others see it, so it must not show the account's own name.
package enum AccountName {
    /// `id-` and 26 characters of base32, 130 bits of a digest. A guest's id has no hyphen.
    package static func of(_ subject: String, issuer: String) -> String {
        "id-" + Base32.text(Digest.ofBoth(issuer, subject), length: 26)
    }
}

/// The names of private rooms, which only the server makes: a prefix and 26 characters of base32.
package enum PrivateRoomName {
    /// The same for the same request, so that one sent twice makes one room. The key is the client's secret.
    package static func of(_ user: String, key: String) -> String {
        "_private-" + Base32.text(Digest.ofBoth(user, key), length: 26)
    }

    /// The same for both users.
    package static func of(_ one: String, and other: String) -> String {
        "_direct-" + Base32.text(Digest.ofBoth(min(one, other), max(one, other)), length: 26)
    }
}

extension Digest {
    /// A digest of both digests, so that no other two texts have the same.
    fileprivate static func ofBoth(_ first: String, _ second: String) -> [UInt8] {
        Array(sha256(sha256(Array(first.utf8)) + sha256(Array(second.utf8))))
    }
}
