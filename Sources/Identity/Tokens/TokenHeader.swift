internal import ChatProtocol

/// What the header of a token says, before anything is known to be true (JWS, RFC 7515 section 4). Everything else in
/// it is ignored, above all keys and addresses of keys.
struct TokenHeader: Hashable {
    let algorithm: TokenAlgorithm
    let keyID: String?

    init(json: [UInt8], allowed: Set<TokenAlgorithm>) throws(TokenError) {
        var algorithm: String?
        var keyID: String?
        var isCritical = false
        try TokenJSON.readObject(json, "the header") { (name, reader) throws(JSONError) in
            switch name {
            case "alg": algorithm = try reader.readString()
            case "kid": keyID = try reader.readString()
            case "crit":
                isCritical = true
                try reader.skip()
            default: try reader.skip()
            }
        }
        guard !isCritical else { throw TokenError(.critical, "the token needs an extension (crit), and none is known") }
        guard let algorithm else { throw TokenError(.algorithm, "the header has no alg") }
        guard algorithm.lowercased() != "none" else { throw TokenError(.unsigned, "the token is not signed") }
        guard let known = TokenAlgorithm(named: algorithm), allowed.contains(known) else {
            let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            throw TokenError(.algorithm, "the algorithm of the token is not allowed: it must be one of \(list)")
        }
        self.algorithm = known
        self.keyID = keyID
    }
}
