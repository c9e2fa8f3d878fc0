import Foundation

/// Seals and opens tokens of one purpose, which clients keep. All nodes of a cluster share the secret, so each opens the
/// others' tokens.
///
/// A token is base64url of `version 1 | key id 4 | salt 16 | sealed content | tag 16`. The key id identifies secret and
/// purpose. Each token has its own key, derived with its random salt, so a nonce is never reused (random nonces under
/// one key would be safe for 2³² tokens only).
struct TokenSealer: Sendable {
    private static let version: UInt8 = 1
    private static let keyIDLength = 4
    private static let saltLength = 16
    private static let headerLength = 1 + keyIDLength + saltLength

    private struct Secret: Sendable {
        let bytes: [UInt8]
        let purpose: String
        let id: [UInt8]

        init(_ bytes: [UInt8], purpose: String) throws(SealingError) {
            self.bytes = bytes
            self.purpose = purpose
            self.id = try KeyDerivation.derive(
                from: bytes, salt: [], purpose: Array("\(purpose)-key-id".utf8), length: TokenSealer.keyIDLength)
        }

        func sealer(salt: [UInt8]) throws(SealingError) -> Sealer {
            Sealer(
                key: try KeyDerivation.derive(
                    from: bytes, salt: salt, purpose: Array(purpose.utf8), length: Sealer.keyLength))
        }
    }

    private let current: Secret
    private let previous: Secret?
    /// The base64 length of the longest token; longer input is not parsed.
    private let maximumTextLength: Int

    /// - Parameters:
    ///   - previous: the old secret during a rotation; its tokens are still accepted.
    ///   - maximumLength: of the content, in bytes.
    init(_ purpose: String, secret: [UInt8], previous: [UInt8]?, maximumLength: Int) throws(SealingError) {
        self.current = try Secret(secret, purpose: purpose)
        self.previous = if let previous { try Secret(previous, purpose: purpose) } else { nil }
        maximumTextLength = (Self.headerLength + maximumLength + Sealer.tagLength + 2) / 3 * 4
        _ = try seal([0])
    }

    func seal(_ content: [UInt8]) throws(SealingError) -> String {
        let salt = RandomBytes.make(Self.saltLength)
        let header = [Self.version] + current.id + salt
        return Base64URL.encode(
            header + (try current.sealer(salt: salt).seal(content, nonce: Self.nonce, context: header)))
    }

    /// `nil` if the token is invalid. All failures take about the same time, so that neither result nor timing helps a
    /// forger.
    func open(_ text: String) -> [UInt8]? {
        let bytes = decode(text) ?? [UInt8](repeating: 0, count: Self.headerLength + Sealer.tagLength)
        let header = Array(bytes.prefix(Self.headerLength))
        let id = header[1...Self.keyIDLength]
        let secret = if let previous, id.elementsEqual(previous.id) { previous } else { current }
        guard
            let plain = try? secret.sealer(salt: Array(header.suffix(Self.saltLength))).open(
                Array(bytes.dropFirst(Self.headerLength)), nonce: Self.nonce, context: header),
            header[0] == Self.version
        else { return nil }
        return plain
    }

    /// Each key seals only one token.
    private static let nonce = [UInt8](repeating: 0, count: Sealer.nonceLength)

    /// `nil` if too short, too long, or not base64url.
    private func decode(_ text: String) -> [UInt8]? {
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
        guard let data = Data(base64Encoded: Data(base64)), data.count >= Self.headerLength else { return nil }
        return Array(data)
    }
}
