internal import ChatProtocol
internal import JWTKit

/// A key that verifies signatures, and the algorithms it may be used with.
///
/// jwt-kit makes the keys and verifies with them, but sees neither headers nor claims, and its key collection never has
/// more than one key. With several it would try the first one for a key id that it does not know, keep half of a set
/// with one bad key, and take the algorithm of a key without `alg` from the token. Its `JWTHeader` traps on `1e300`.
struct VerificationKey: Sendable {
    let id: String?
    private let verifiers: [TokenAlgorithm: any JWTAlgorithm]

    var algorithms: Set<TokenAlgorithm> { Set(verifiers.keys) }

    private init(id: String?, verifiers: [TokenAlgorithm: any JWTAlgorithm]) {
        self.id = id
        self.verifiers = verifiers
    }

    /// The secret shared with an issuer, for HS256.
    init(secret: [UInt8]) async throws(IdentityError) {
        do {
            let collection = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
            self.init(id: nil, verifiers: [.hs256: try await collection.getKey()])
        } catch {
            throw IdentityError(.configuration, "the secret cannot be used")
        }
    }

    /// A public key of a key set. `nil` if it is of no use to us: not for signatures, of another kind, for none of the
    /// `allowed` algorithms, too short, or damaged.
    init?(_ key: KeyMembers, allowed: Set<TokenAlgorithm>) async {
        guard key.isForSignatures else { return nil }
        var verifiers: [TokenAlgorithm: any JWTAlgorithm] = [:]
        for algorithm in key.algorithms.intersection(allowed) {
            guard let verifier = await Self.verifier(key, algorithm) else { return nil }
            verifiers[algorithm] = verifier
        }
        guard !verifiers.isEmpty else { return nil }
        self.init(id: key["kid"], verifiers: verifiers)
    }

    func verifies(_ signature: [UInt8], of text: ArraySlice<UInt8>, _ algorithm: TokenAlgorithm) -> Bool {
        guard let verifier = verifiers[algorithm] else { return false }
        // It throws for signatures of a wrong length.
        return (try? verifier.verify(signature, signs: text)) ?? false
    }

    private static func verifier(_ key: KeyMembers, _ algorithm: TokenAlgorithm) async -> (any JWTAlgorithm)? {
        guard let name = JWK.Algorithm(rawValue: algorithm.rawValue), let jwk = jwk(key, name) else { return nil }
        // It refuses RSA keys below 2048 bits and points that are not on their curve.
        guard let collection = try? await JWTKeyCollection().add(jwk: jwk) else { return nil }
        return try? await collection.getKey()
    }

    /// Without private parts, if a set should contain any.
    private static func jwk(_ key: KeyMembers, _ algorithm: JWK.Algorithm) -> JWK? {
        // In a collection of one the id means nothing, and one is required.
        let id = JWKIdentifier(string: "key")
        switch key["kty"] {
        case "RSA":
            return .rsa(algorithm, identifier: id, modulus: key["n"], exponent: key["e"])
        case "EC":
            guard let curve = key["crv"].flatMap(ECDSACurve.init(rawValue:)) else { return nil }
            return .ecdsa(algorithm, identifier: id, x: key["x"], y: key["y"], curve: curve)
        case "OKP":
            guard let curve = key["crv"].flatMap(EdDSACurve.init(rawValue:)) else { return nil }
            return .octetKeyPair(algorithm, identifier: id, x: key["x"], y: nil, curve: curve)
        default:
            return nil
        }
    }
}

/// The members of a JWK (RFC 7517, section 4) as they were written.
struct KeyMembers {
    private static let names: Set = ["kty", "use", "alg", "kid", "crv", "n", "e", "x", "y"]

    private var values: [String: String] = [:]
    private var operations: [String]?

    subscript(_ name: String) -> String? { values[name] }

    /// Values of a wrong type count as missing.
    init(_ reader: inout ByteReader) throws(JSONError) {
        try reader.readObject { (name, reader) throws(JSONError) in
            let kind = try reader.peek()
            if Self.names.contains(name), kind == .string {
                values[name] = try reader.readString()
            } else if name == "key_ops", kind == .array {
                var list: [String] = []
                try reader.readArray { (reader) throws(JSONError) in
                    if try reader.peek() == .string { list.append(try reader.readString()) } else { try reader.skip() }
                }
                operations = list
            } else {
                try reader.skip()
            }
        }
    }

    /// Not for encryption (`use` is `enc`).
    var isForSignatures: Bool { (values["use"] ?? "sig") == "sig" && (operations?.contains("verify") ?? true) }

    /// What fits its kind and curve, and its `alg` if it has one. Never from a token.
    var algorithms: Set<TokenAlgorithm> {
        let fitting: Set<TokenAlgorithm> =
            switch (values["kty"], values["crv"]) {
            case ("RSA", _): [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            case ("EC", "P-256"): [.es256]
            case ("EC", "P-384"): [.es384]
            case ("EC", "P-521"): [.es512]
            case ("OKP", "Ed25519"): [.edDSA]
            default: []
            }
        guard let named = values["alg"] else { return fitting }
        guard let algorithm = TokenAlgorithm(named: named) else { return [] }
        return fitting.intersection([algorithm])
    }
}
