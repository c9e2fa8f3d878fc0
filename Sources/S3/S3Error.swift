/// What went wrong between this node and the bucket, with what to do about it. Never contains a credential or a key of an
/// object.
package struct S3Error: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// A setting is wrong.
        case configuration
        /// No connection, or no answer in time.
        case unreachable
        /// The store answers that it is not able to now.
        case busy
        /// The store does not accept the credentials, or they do not allow this.
        case refused
        /// There is no such object.
        case notFound
        /// An object is there already.
        case exists
        /// An object has no such part.
        case empty
        /// The answer is not one of S3, or too long.
        case answer
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension S3Error {
    /// - `body`: XML with a code, if the store is S3; a proxy in between answers something else.
    init(status: UInt, body: [UInt8]) {
        var (name, region) = ("", "")
        // An answer that cannot be read has no code.
        try? XMLReader.read(body) { path, text in
            switch path {
            case ["Error", "Code"]: name = text
            case ["Error", "Region"]: region = text
            default: break
            }
        }
        // The texts of stores may repeat what was sent.
        let isWord =
            name.utf8.count <= 64 && name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "z")).contains($0) }
        let told = isWord && !name.isEmpty ? "\(status) \(name)" : "\(status)"
        let isRegion = S3Location.isWord(region)
        self.init(
            Self.code(status, name),
            "the bucket's server answered \(told)\(Self.advice(status, name, isRegion ? region : ""))")
    }

    private static func code(_ status: UInt, _ name: String) -> Code {
        switch status {
        case 404 where name != "NoSuchBucket": .notFound
        case 409 where name == "ConditionalRequestConflict": .busy
        case 409, 412: .exists
        case 416: .empty
        case 429, 500...: .busy
        default: .refused
        }
    }

    private static func advice(_ status: UInt, _ name: String, _ region: String) -> String {
        switch (name, status) {
        case ("InvalidAccessKeyId", _): ": check AWS_ACCESS_KEY_ID"
        case ("SignatureDoesNotMatch", _):
            ": check AWS_SECRET_ACCESS_KEY, FILES_S3_REGION, and that no proxy changes the Host header"
        case ("ExpiredToken", _), ("InvalidToken", _):
            ": the temporary credentials have ended, or AWS_SESSION_TOKEN is not theirs"
        case ("RequestTimeTooSkewed", _): ": set this machine's clock, for example with NTP"
        case ("NoSuchBucket", _): ": check the bucket in FILES_S3_URL"
        case (_, 301), (_, 307), ("AuthorizationHeaderMalformed", _):
            region.isEmpty
                ? ": check FILES_S3_REGION, and the host in FILES_S3_URL"
                : ": the bucket is in \(region), set FILES_S3_REGION, and the host in FILES_S3_URL"
        case ("AccessDenied", _), (_, 403):
            ": the credentials must allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject"
        default: ""
        }
    }
}
