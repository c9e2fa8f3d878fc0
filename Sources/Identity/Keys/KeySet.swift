internal import ChatProtocol
internal import NIOCore

/// The keys of an issuer at one time, and which of them verifies a token. Immutable: new keys are a new set.
struct KeySet: Sendable {
    private let keys: [VerificationKey]
    /// With a secret there is one key without a name, whatever the token calls it.
    private let ignoresIDs: Bool
    /// Entries of the key set that cannot be used.
    let skipped: Int

    var count: Int { keys.count }

    init(secret: [UInt8]) async throws(IdentityError) {
        keys = [try await VerificationKey(secret: secret)]
        ignoresIDs = true
        skipped = 0
    }

    /// Reads a JWKS (RFC 7517, section 5). Keys that cannot be used are skipped.
    ///
    /// Throws if it is no JWKS, or if no key is left.
    init(json: ByteBuffer, allowed: Set<TokenAlgorithm>) async throws(IdentityError) {
        let entries = try Self.entries(json)
        var keys: [VerificationKey] = []
        for entry in entries {
            guard let key = await VerificationKey(entry, allowed: allowed) else { continue }
            // Of two keys with the same name for the same algorithm, the first counts.
            let isTaken = keys.contains {
                key.id != nil && $0.id == key.id && !$0.algorithms.isDisjoint(with: key.algorithms)
            }
            if !isTaken { keys.append(key) }
        }
        guard !keys.isEmpty else {
            throw IdentityError(
                .keySet, "the key set has \(entries.count) keys, none of which can be used: compare the algorithms")
        }
        self.keys = keys
        ignoresIDs = false
        skipped = entries.count - keys.count
    }

    /// The key that the header names, or if it names none, the only one that fits.
    func key(for header: TokenHeader) throws(TokenError) -> VerificationKey {
        let fitting = keys.filter { key in
            key.algorithms.contains(header.algorithm)
                && (ignoresIDs || header.keyID == nil || key.id == header.keyID)
        }
        guard let key = fitting.first else {
            throw TokenError(.unknownKey, "the issuer has no such key for \(header.algorithm.rawValue)")
        }
        guard fitting.count == 1 else {
            throw TokenError(.ambiguousKey, "the token names no key (kid), and \(fitting.count) would fit")
        }
        return key
    }

    private static func entries(_ json: ByteBuffer) throws(IdentityError) -> [KeyMembers] {
        var entries: [KeyMembers]?
        do throws(JSONError) {
            try ByteReader.read(json) { (reader) throws(JSONError) in
                try reader.readObject { (name, reader) throws(JSONError) in
                    guard name == "keys" else { return try reader.skip() }
                    var list: [KeyMembers] = []
                    try reader.readArray { (reader) throws(JSONError) in list.append(try KeyMembers(&reader)) }
                    entries = list
                }
            }
        } catch {
            throw IdentityError(.keySet, "the key set is not usable JSON: \(error)")
        }
        guard let entries else { throw IdentityError(.keySet, "the key set has no keys: it must be a JWKS") }
        return entries
    }
}
