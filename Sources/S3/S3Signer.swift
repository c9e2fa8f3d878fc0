import Sealing

/// Who a node is to the store.
package struct S3Credentials: Hashable, Sendable {
    package let accessKey: String
    package let secretKey: String
    /// Of temporary credentials.
    package let sessionToken: String?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

/// A request as it is signed.
struct S3Request: Sendable {
    var method: String
    /// Not encoded.
    var path: String
    /// Not encoded.
    var query: [(name: String, value: String)] = []
    /// Signed, `Host` included. Names in lower case.
    var headers: [(name: String, value: String)]

    /// Path and query as they are sent.
    var target: String { query.isEmpty ? encodedPath : "\(encodedPath)?\(encodedQuery)" }

    var encodedPath: String { path.uriEncoded(keeping: UInt8(ascii: "/")) }

    /// Sorted by their encoded form.
    var encodedQuery: String {
        query.map { (name: $0.name.uriEncoded(), value: $0.value.uriEncoded()) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }
}

/// AWS Signature Version 4 (AWS, "Authenticating Requests", Amazon S3 API Reference), in headers or in the query.
struct S3Signer: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"

    let credentials: S3Credentials
    let region: String

    /// Adds the headers that sign a request.
    /// - `now`: seconds since 1970.
    func sign(_ request: inout S3Request, payload: [UInt8], now: Int64) throws(SealingError) {
        let hash = Digest.sha256(payload).hexadecimal
        request.headers += [("x-amz-content-sha256", hash), ("x-amz-date", S3Date.stamp(now))]
        if let token = credentials.sessionToken { request.headers.append(("x-amz-security-token", token)) }
        let signature = try signature(of: request, payloadHash: hash, now: now)
        request.headers.append(
            (
                "authorization",
                "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(now)),"
                    + "SignedHeaders=\(Self.names(request)),Signature=\(signature)"
            ))
    }

    /// Adds the query that lets anybody send this request, with its headers, until it ends.
    /// - Parameters:
    ///   - validSeconds: at most a week.
    ///   - now: seconds since 1970.
    func presign(_ request: inout S3Request, validSeconds: Int, now: Int64) throws(SealingError) {
        request.query += [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(credentials.accessKey)/\(scope(now))"),
            ("X-Amz-Date", S3Date.stamp(now)), ("X-Amz-Expires", "\(validSeconds)"),
            ("X-Amz-SignedHeaders", Self.names(request)),
        ]
        if let token = credentials.sessionToken { request.query.append(("X-Amz-Security-Token", token)) }
        let signature = try signature(of: request, payloadHash: "UNSIGNED-PAYLOAD", now: now)
        request.query.append(("X-Amz-Signature", signature))
    }

    private func signature(of request: S3Request, payloadHash: String, now: Int64) throws(SealingError) -> String {
        let headers = request.headers.sorted { $0.name < $1.name }.map { "\($0.name):\($0.value)\n" }.joined()
        let canonical = [
            request.method, request.encodedPath, request.encodedQuery, headers, Self.names(request), payloadHash,
        ].joined(separator: "\n")
        let text = [Self.algorithm, S3Date.stamp(now), scope(now), Digest.sha256(Array(canonical.utf8)).hexadecimal]
            .joined(separator: "\n")
        var key = Array("AWS4\(credentials.secretKey)".utf8)
        for part in [S3Date.day(now), region, "s3", "aws4_request"] {
            key = try KeyDerivation.authenticate(Array(part.utf8), key: key)
        }
        return try KeyDerivation.authenticate(Array(text.utf8), key: key).hexadecimal
    }

    private func scope(_ now: Int64) -> String { "\(S3Date.day(now))/\(region)/s3/aws4_request" }

    private static func names(_ request: S3Request) -> String {
        request.headers.map(\.name).sorted().joined(separator: ";")
    }
}

extension String {
    /// By RFC 3986, section 2.3: everything but the unreserved characters.
    func uriEncoded(keeping kept: UInt8? = nil) -> String {
        var encoded = ""
        for byte in utf8 {
            if byte.isUnreserved || byte == kept {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}

extension UInt8 {
    var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined()
    }
}
