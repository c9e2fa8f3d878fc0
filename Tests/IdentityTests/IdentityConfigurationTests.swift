import Foundation
import Testing

@testable import Identity

@Suite struct IdentityConfigurationTests {
    private func isAccepted(_ address: String) throws -> Bool {
        let url = try #require(URL(string: address))
        do throws(IdentityError) {
            _ = try IdentityConfiguration(source: .address(url), issuer: "i", audience: "a")
            return true
        } catch {
            #expect(error.code == .configuration)
            return false
        }
    }

    @Test(arguments: [
        "https://issuer.example/jwks", "https://[2001:db8::1]/jwks", "http://localhost:8080/jwks", "http://127.0.0.1/",
        "http://127.1.2.3/", "http://[::1]:9000/jwks", "HTTPS://issuer.example/",
    ])
    func keysComeByHTTPSOrFromThisMachine(address: String) throws { #expect(try isAccepted(address)) }

    @Test(arguments: [
        "http://issuer.example/jwks", "http://10.0.0.1/", "http://127.0.0.1.example/", "http://localhost.example/",
        "http://127.0.0/", "http://[::2]/", "ftp://127.0.0.1/", "file:///etc/jwks", "https:///jwks", "jwks",
        "https://user:password@issuer.example/", "http://127.0.0.1@issuer.example/",
    ])
    func otherAddressesAreRefused(address: String) throws { #expect(try !isAccepted(address)) }

    @Test func aSecretIsForHS256AndLongEnough() throws {
        let secret = [UInt8](repeating: 1, count: 32)
        #expect(try IdentityConfiguration(source: .secret(secret)).algorithms == [.hs256])
        #expect(throws: IdentityError.self) { try IdentityConfiguration(source: .secret(Array(secret.dropLast()))) }
        #expect(throws: IdentityError.self) {
            try IdentityConfiguration(source: .secret(secret), algorithms: [.hs256, .rs256])
        }
    }

    @Test func aKeySetNeedsIssuerAndAudienceAndNoHS256() {
        #expect(throws: IdentityError.self) { try IdentityConfiguration(source: .file("f"), issuer: "i") }
        #expect(throws: IdentityError.self) { try IdentityConfiguration(source: .file("f"), audience: "a") }
        #expect(throws: IdentityError.self) {
            try IdentityConfiguration(source: .file("f"), issuer: "i", audience: "")
        }
        for algorithms: Set<TokenAlgorithm> in [[], [.hs256], [.hs256, .es256]] {
            #expect(throws: IdentityError.self) {
                try IdentityConfiguration(source: .file("f"), issuer: "i", audience: "a", algorithms: algorithms)
            }
        }
    }
}
