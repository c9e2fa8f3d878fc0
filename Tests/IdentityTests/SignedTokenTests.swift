import Sealing
import Testing

@testable import Identity

@Suite struct SignedTokenTests {
    private func refusal(_ text: String) -> TokenError.Code? {
        do throws(TokenError) {
            _ = try SignedToken(text, longest: 4_096, allowed: [.es256, .edDSA])
            return nil
        } catch {
            return error.code
        }
    }

    /// `{"alg":"ES256"}`.
    private static let header = "eyJhbGciOiJFUzI1NiJ9"

    @Test(arguments: [
        ("\(header).e30.", TokenError.Code?.none), ("\(header)..", nil), ("\(header).e30.AA", nil),
        ("", .parts), ("\(header)", .parts), ("\(header).e30", .parts), ("\(header).e30.AA.AA", .parts),
        ("\(header).e30.AA.AA.AA", .parts), ("..", .json), ("e30.e30.AA", .algorithm), ("W10.e30.AA", .json),
        ("\(header)=.e30.AA", .base64), ("\(header).e30=.AA", .base64), ("\(header).e30.A", .base64),
        ("\(header).e30.AB", .base64), ("\(header).e30.A+", .base64), ("\(header).e30.A/", .base64),
        (" \(header).e30.AA", .base64), ("\(header).e30.AA\n", .base64), ("\(header).e30.é", .base64),
        (String(repeating: "A", count: 4_097), .tooLong), (String(repeating: ".", count: 4_096), .parts),
    ])
    func aTokenIsTakenApartStrictly(text: String, code: TokenError.Code?) {
        #expect(refusal(text) == code)
    }

    @Test(arguments: [
        (#"{"alg":"ES256","kid":"a"}"#, TokenError.Code?.none), (#"{"alg":"Ed25519"}"#, nil),
        (#"{"alg":"ES256","typ":{"a":[1e400]}}"#, nil), (#"{"alg":"es256"}"#, .algorithm),
        (#"{"alg":"HS256"}"#, .algorithm), (#"{"alg":"none"}"#, .unsigned), (#"{"alg":"NONE"}"#, .unsigned),
        (#"{"alg":null}"#, .json), (#"{"alg":["ES256"]}"#, .json), (#"{"alg":"ES256","kid":1}"#, .json),
        (#"{"alg":"ES256","crit":null}"#, .critical), (#"{"alg":"ES256","crit":["exp"]}"#, .critical),
        (#"{"alg":"ES256","kid":"a","kid":"b"}"#, .duplicateMember),
        (#"{"alg":"ES256","\u0061lg":"none"}"#, .duplicateMember), (#"{"alg":"ES256"}{}"#, .json), ("{", .json),
    ])
    func theHeaderIsReadStrictly(json: String, code: TokenError.Code?) {
        do {
            _ = try TokenHeader(json: Array(json.utf8), allowed: [.es256, .edDSA])
            #expect(code == nil)
        } catch {
            #expect(error.code == code)
        }
    }

    @Test func whatIsSignedIsWhatWasSent() throws {
        let token = try SignedToken("\(Self.header).e30.AA", longest: 100, allowed: [.es256])
        #expect(Array(token.signed) == Array("\(Self.header).e30".utf8))
        #expect(token.signature == [0])
        #expect(token.payload == Array("{}".utf8))
    }

    /// RFC 4648, section 10, without padding.
    @Test(arguments: [
        ("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Zm9vYmE", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ])
    func base64URLIsDecoded(text: String, decoded: String) {
        #expect(Base64URL.decode(Array(text.utf8)) == Array(decoded.utf8))
    }
}
