import Foundation
import NIOCore
import TestSupport

/// Key sets and tokens that another implementation made (`Tests/Samples/make_tokens.py`).
struct TokenSamples: Sendable {
    static let issuer = "https://issuer.example"
    static let audience = "webchat"

    /// When they are valid, seconds since 1970.
    let now: Int64
    let secret: [UInt8]
    private let keySets: [String: Data]
    private let tokens: [String: String]

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Samples/tokens.json")
        let all = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        guard let all, let now = all["now"] as? Int, let secret = all["secret"] as? String,
            let keySets = all["keySets"] as? [String: Any], let tokens = all["tokens"] as? [String: String]
        else { throw TestFailure("Tests/Samples/tokens.json: run make_tokens.py") }
        self.now = Int64(now)
        self.secret = Array(secret.utf8)
        self.keySets = try keySets.mapValues { try JSONSerialization.data(withJSONObject: $0) }
        self.tokens = tokens
    }

    func token(_ name: String) throws -> String {
        guard let token = tokens[name] else { throw TestFailure("no token \(name): run make_tokens.py") }
        return token
    }

    func keySet(_ name: String) throws -> ByteBuffer {
        guard let set = keySets[name] else { throw TestFailure("no key set \(name): run make_tokens.py") }
        return ByteBuffer(bytes: set)
    }
}
