/// How a token is signed (`alg`, RFC 7518 section 3.1 and RFC 8037). There is no `none`.
package enum TokenAlgorithm: String, CaseIterable, Sendable {
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case edDSA = "EdDSA"
    case hs256 = "HS256"

    /// As a token or key names it. `Ed25519` is the newer name (RFC 9864) of the only EdDSA there is here.
    init?(named name: String) {
        self.init(rawValue: name == "Ed25519" ? Self.edDSA.rawValue : name)
    }
}
