import ChatModel
import Sealing
import Testing

@testable import Identity

@Suite struct SignedInUserTests {
    private static let now: Int64 = 1_800_000_000
    private static let good = #""iss":"issuer","sub":"ada","aud":"webchat","exp":1800000600"#

    private func user(_ json: String, now: Int64 = now, skew: Int64 = 60) throws -> SignedInUser {
        let configuration = try IdentityConfiguration(
            source: .file("/unused"), issuer: "issuer", audience: "webchat", clockSkew: skew)
        return try SignedInUser(claims: Array(json.utf8), configuration, now: now)
    }

    private func refusal(_ json: String, now: Int64 = now) throws -> TokenError.Code? {
        do {
            _ = try user(json, now: now)
            return nil
        } catch let error as TokenError {
            return error.code
        }
    }

    @Test(arguments: [
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1800000600}"#, TokenError.Code?.none),
        (#"{"iss":"issuer","sub":"ada","aud":["other","webchat"],"exp":1800000600.75}"#, nil),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1.8000006e9,"nbf":1800000060}"#, nil),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1799999941}"#, nil),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1799999940}"#, .expired),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":0}"#, .expired),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat"}"#, .noExpiry),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":"1800000600"}"#, .noExpiry),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":null}"#, .noExpiry),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":-1}"#, .noExpiry),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1e300}"#, .noExpiry),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1e999}"#, .noExpiry),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":[1800000600]}"#, .noExpiry),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1800000600,"nbf":1800000061}"#, .notYetValid),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1800000600,"nbf":"soon"}"#, .notYetValid),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1800000600,"nbf":1e300}"#, .notYetValid),
        (#"{"iss":"issuer","aud":"webchat","exp":1800000600}"#, .subject),
        (#"{"iss":"issuer","sub":"","aud":"webchat","exp":1800000600}"#, .subject),
        (#"{"iss":"issuer","sub":7,"aud":"webchat","exp":1800000600}"#, .subject),
        (#"{"sub":"ada","aud":"webchat","exp":1800000600}"#, .issuer),
        (#"{"iss":"issuer/","sub":"ada","aud":"webchat","exp":1800000600}"#, .issuer),
        (#"{"iss":["issuer"],"sub":"ada","aud":"webchat","exp":1800000600}"#, .issuer),
        (#"{"iss":"issuer","sub":"ada","exp":1800000600}"#, .audience),
        (#"{"iss":"issuer","sub":"ada","aud":"Webchat","exp":1800000600}"#, .audience),
        (#"{"iss":"issuer","sub":"ada","aud":["web","chat"],"exp":1800000600}"#, .audience),
        (#"{"iss":"issuer","sub":"ada","aud":[["webchat"]],"exp":1800000600}"#, .audience),
        (#"{"iss":"issuer","sub":"ada","aud":{"webchat":1},"exp":1800000600}"#, .audience),
        (#"{"iss":"issuer","sub":"ada","sub":"eve","aud":"webchat","exp":1800000600}"#, .duplicateMember),
        (#"{"iss":"issuer","sub":"ada","aud":"webchat","exp":1800000600} {}"#, .json),
        (#"["issuer"]"#, .json), ("", .json), ("null", .json),
    ])
    func theClaimsAreChecked(json: String, code: TokenError.Code?) throws {
        #expect(try refusal(json) == code)
    }

    @Test(arguments: [
        (#""operator""#, true), (#"["member","operator"]"#, true), (#""member operator""#, true),
        (#"["operator",7]"#, true),
        (#""operators""#, false), (#""Operator""#, false), (#"[]"#, false), (#"true"#, false),
        (#"{"operator":true}"#, false), (#"[["operator"]]"#, false), (#""oper\u0061tor""#, true),
    ])
    func theRoleMakesAnOperator(roles: String, isOperator: Bool) throws {
        #expect(try user("{\(Self.good),\"roles\":\(roles)}").isOperator == isOperator)
    }

    @Test func nobodyIsAnOperatorWithoutRoles() throws {
        #expect(try !user("{\(Self.good)}").isOperator)
        #expect(try !user("{\(Self.good),\"role\":\"operator\"}").isOperator)
    }

    @Test(arguments: [
        (#"" Ada ""#, "Ada"), (#""Zoe\u0308""#, "Zo\u{EB}"), (#""""#, nil), (#""\u202Eadmin""#, nil), (#"7"#, nil),
        (#""  ""#, nil), (#"["Ada"]"#, nil),
        (
            #""Maximilian Alexander Ferdinand von Sachsen-Coburg""#, "Maximilian Alexander Ferdinand v"
        ),
    ])
    func theNameIsOneThatMayBeDisplayed(name: String, shown: String?) throws {
        #expect(try user("{\(Self.good),\"name\":\(name)}").name == shown)
    }

    @Test func otherClaimsMayHoldNameAndRoles() throws {
        let configuration = try IdentityConfiguration(
            source: .file("/unused"), issuer: "issuer", audience: "webchat", nameClaim: "sub", rolesClaim: "groups")
        let json = "{\(Self.good),\"groups\":[\"operator\"],\"name\":\"Eve\",\"roles\":[]}"
        let user = try SignedInUser(claims: Array(json.utf8), configuration, now: Self.now)
        #expect(user.name == "ada")
        #expect(user.isOperator)
    }

    @Test func theIDIsADigestThatNoGuestHas() {
        let id = AccountName.of("ada", issuer: "issuer")
        #expect(id.hasPrefix("id-"))
        #expect(id.count == 29)
        #expect(id.dropFirst(3).allSatisfy { "abcdefghijklmnopqrstuvwxyz234567".contains($0) })
        // Of another implementation: base64.b32encode(sha256(sha256(b"issuer") + sha256(b"ada"))).lower()[:26]
        #expect(id == "id-3st5p2y65yo3yj75mwa52xlpdg")
    }

    @Test func everyIssuerHasItsOwnSubjects() {
        let ids = [("issuer", "ada"), ("issue", "rada"), ("", "issuerada"), ("issuer", "Ada"), ("issuer", "ada\0")]
            .map { AccountName.of($0.1, issuer: $0.0) }
        #expect(Set(ids).count == ids.count)
    }
}
