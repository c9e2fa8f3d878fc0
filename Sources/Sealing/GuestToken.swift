import Foundation

/// A guest's identity, stored by the guest's own client.
package struct GuestToken: Hashable, Sendable {
    package static let validSeconds: Int64 = 400 * 86_400

    package let user: String
    /// Seconds since 1970.
    package let issuedAt: Int64

    package init(user: String, issuedAt: Int64) {
        self.user = user
        self.issuedAt = issuedAt
    }
}

/// Seals and opens guest tokens. All nodes of a cluster share the secret, so each opens the others' tokens.
///
/// A token is base64url of `version 1 | key id 4 | salt 16 | sealed (issue time 8, user id) | tag 16`, numbers
/// big-endian. The key id identifies the secret. Each token has its own key, derived with its random salt, so a nonce
/// is never reused (random nonces under one key would be safe for 2³² tokens only).
package struct GuestTokenSealer: Sendable {
    private static let version: UInt8 = 1
    private static let keyIDLength = 4
    private static let saltLength = 16
    private static let headerLength = 1 + keyIDLength + saltLength
    private static let timeLength = 8
    package static let maximumUserLength = 64
    /// The base64 length of the longest token; longer input is not parsed.
    private static let maximumTextLength =
        (headerLength + timeLength + maximumUserLength + Sealer.tagLength + 2) / 3 * 4

    private struct Secret: Sendable {
        let bytes: [UInt8]
        let id: [UInt8]

        init(_ bytes: [UInt8]) throws(SealingError) {
            self.bytes = bytes
            self.id = try KeyDerivation.derive(
                from: bytes, salt: [], purpose: Array("guest-token-key-id".utf8),
                length: GuestTokenSealer.keyIDLength)
        }

        func sealer(salt: [UInt8]) throws(SealingError) -> Sealer {
            Sealer(
                key: try KeyDerivation.derive(
                    from: bytes, salt: salt, purpose: Array("guest-token".utf8), length: Sealer.keyLength))
        }
    }

    private let current: Secret
    private let previous: Secret?

    /// Throws if OpenSSL is unusable, so that the node does not start.
    ///
    /// - `previous`: the old secret during a rotation; its tokens are still accepted.
    package init(secret: [UInt8], previous: [UInt8]? = nil) throws(SealingError) {
        self.current = try Secret(secret)
        self.previous = if let previous { try Secret(previous) } else { nil }
        _ = try seal(GuestToken(user: "trial", issuedAt: 0))
    }

    package func seal(_ token: GuestToken) throws(SealingError) -> String {
        let user = Array(token.user.utf8)
        precondition((1...Self.maximumUserLength).contains(user.count), "a user id of \(user.count) bytes")
        let salt = RandomBytes.make(Self.saltLength)
        let header = [Self.version] + current.id + salt
        let time = (0..<Self.timeLength).map { UInt8(truncatingIfNeeded: token.issuedAt >> (56 - 8 * $0)) }
        let sealed = try current.sealer(salt: salt).seal(time + user, nonce: Self.nonce, context: header)
        return Self.encode(header + sealed)
    }

    /// `nil` if the token is invalid or expired. All failures take about the same time, so that neither result nor
    /// timing helps a forger.
    ///
    /// - `now`: seconds since 1970. A token from the future (some node's clock was ahead) counts as new.
    package func open(_ text: String, now: Int64) -> GuestToken? {
        let bytes = Self.decode(text) ?? [UInt8](repeating: 0, count: Self.headerLength + Sealer.tagLength)
        let header = Array(bytes.prefix(Self.headerLength))
        let id = header[1...Self.keyIDLength]
        let secret = if let previous, id.elementsEqual(previous.id) { previous } else { current }
        guard
            let plain = try? secret.sealer(salt: Array(header.suffix(Self.saltLength))).open(
                Array(bytes.dropFirst(Self.headerLength)), nonce: Self.nonce, context: header),
            header[0] == Self.version, plain.count > Self.timeLength,
            let user = String(validating: plain.dropFirst(Self.timeLength), as: UTF8.self)
        else { return nil }
        let issuedAt = plain.prefix(Self.timeLength).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let (age, overflow) = now.subtractingReportingOverflow(issuedAt)
        guard !overflow, age < GuestToken.validSeconds else { return nil }
        return GuestToken(user: user, issuedAt: issuedAt)
    }

    /// Each key seals only one token.
    private static let nonce = [UInt8](repeating: 0, count: Sealer.nonceLength)

    /// base64url without padding (RFC 4648, section 5).
    private static func encode(_ bytes: [UInt8]) -> String {
        let base64url = Data(bytes).base64EncodedData().compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: byte
            }
        }
        return String(decoding: base64url, as: UTF8.self)
    }

    /// `nil` if too short, too long, or not base64url.
    private static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= maximumTextLength else { return nil }
        var base64: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"): base64.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): base64.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: base64.append(byte)
            }
        }
        while base64.count % 4 != 0 { base64.append(UInt8(ascii: "=")) }
        guard let data = Data(base64Encoded: Data(base64)), data.count >= headerLength else { return nil }
        return Array(data)
    }
}
