import NIOCore
import Testing

@testable import Identity

@Suite struct KeySetTests {
    private func problem(_ json: String) async -> IdentityError.Code? {
        do {
            _ = try await KeySet(json: ByteBuffer(string: json), allowed: IdentityConfiguration.defaultAlgorithms)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func keysThatCannotBeUsedAreCounted() async throws {
        let set = try await KeySet(
            json: TokenSamples().keySet("halfBad"), allowed: IdentityConfiguration.defaultAlgorithms)
        #expect(set.count == 3)
        #expect(set.skipped == 16)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"keys":[]}"#, #"{"keys":{}}"#, #"{"keys":[1]}"#, #"{"keys":[{}]}"#, "<html>",
        #"{"keys":[{"kty":"EC","crv":"P-256"}]}"#, #"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","kid":"a"}]}"#, #"{"keys":[],"keys":[]}"#,
    ])
    func withoutAKeyThatCanBeUsedThereIsNoSet(json: String) async {
        #expect(await problem(json) == .keySet)
    }

    @Test func aKeySetAsDeepAsAnyoneLikesIsRefused() async {
        let deep = String(repeating: "[", count: 100_000)
        #expect(await problem(#"{"keys":[],"x":\#(deep)"#) == .keySet)
    }
}
