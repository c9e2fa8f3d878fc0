import Foundation
import Testing

@testable import S3

/// The examples of "Authenticating Requests" in Amazon's S3 API Reference.
struct S3SignerTests {
    /// 2013-05-24T00:00:00Z
    private static let now: Int64 = 1_369_353_600
    private static let host = [(name: "host", value: "examplebucket.s3.amazonaws.com")]
    private let signer = S3Signer(
        credentials: S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")

    private func authorization(_ request: S3Request, payload: String = "") throws -> String? {
        var request = request
        try signer.sign(&request, payload: Array(payload.utf8), now: Self.now)
        return request.headers.first { $0.name == "authorization" }?.value
    }

    @Test func anObjectIsRead() throws {
        let headers = Self.host + [(name: "range", value: "bytes=0-9")]
        #expect(
            try authorization(S3Request(method: "GET", path: "/test.txt", headers: headers)) == """
                AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41
                """)
    }

    @Test func anObjectIsStored() throws {
        let headers = [
            (name: "date", value: "Fri, 24 May 2013 00:00:00 GMT"),
            (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
        ]
        let request = S3Request(method: "PUT", path: "/test$file.text", headers: Self.host + headers)
        #expect(
            try authorization(request, payload: "Welcome to Amazon S3.")?.hasSuffix(
                "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd") == true)
    }

    @Test(arguments: [
        ([("lifecycle", "")], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            [("prefix", "J"), ("max-keys", "2")], "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ])
    func aBucketIsAsked(query: [(String, String)], signature: String) throws {
        let request = S3Request(method: "GET", path: "/", query: query.map { ($0.0, $0.1) }, headers: Self.host)
        #expect(try authorization(request)?.hasSuffix("Signature=\(signature)") == true)
    }

    @Test func anObjectIsOffered() throws {
        var request = S3Request(method: "GET", path: "/test.txt", headers: Self.host)
        try signer.presign(&request, validSeconds: 86_400, now: Self.now)
        #expect(
            request.target == """
                /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
                &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400\
                &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404\
                &X-Amz-SignedHeaders=host
                """)
    }

    @Test func everyByteButTheUnreservedOnesIsEscaped() {
        for byte in UInt8.min...UInt8.max where byte < 0x80 {
            let text = String(Unicode.Scalar(byte))
            #expect(text.uriEncoded().removingPercentEncoding == text)
            #expect(text.uriEncoded().utf8.allSatisfy { $0.isUnreserved || $0 == UInt8(ascii: "%") })
        }
        #expect("a b/ü~".uriEncoded(keeping: UInt8(ascii: "/")) == "a%20b/%C3%BC~")
    }
}
