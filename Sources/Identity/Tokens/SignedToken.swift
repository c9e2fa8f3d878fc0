import Sealing

/// A token taken apart, and not yet verified (compact serialization, RFC 7515 section 3.1).
struct SignedToken {
    let header: TokenHeader
    /// The claims' JSON.
    let payload: [UInt8]
    let signature: [UInt8]
    /// What the signature signs: header and claims as they were sent.
    let signed: ArraySlice<UInt8>

    init(_ text: String, longest: Int, allowed: Set<TokenAlgorithm>) throws(TokenError) {
        guard text.utf8.count <= longest else {
            throw TokenError(.tooLong, "the token has \(text.utf8.count) bytes, and may have \(longest)")
        }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw TokenError(.parts, "a token has three parts, not \(parts.count)") }
        let header = try Self.decode(parts[0], "the header")
        payload = try Self.decode(parts[1], "the claims")
        signature = try Self.decode(parts[2], "the signature")
        signed = bytes[..<parts[1].endIndex]
        self.header = try TokenHeader(json: header, allowed: allowed)
    }

    private static func decode(_ part: ArraySlice<UInt8>, _ what: String) throws(TokenError) -> [UInt8] {
        guard let bytes = Base64URL.decode(part) else {
            throw TokenError(.base64, "\(what) of the token: not base64url")
        }
        return bytes
    }
}
