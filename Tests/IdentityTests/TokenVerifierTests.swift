import ChatModel
import CoreMetrics
import Foundation
import Sealing
import TestSupport
import Testing

@testable import Identity

@Suite struct TokenVerifierTests {
    private static let everyPublic = Set(TokenAlgorithm.allCases).subtracting([.hs256])

    private let samples: TokenSamples

    init() throws { samples = try TokenSamples() }

    private func verifier(
        keySet: String, algorithms: Set<TokenAlgorithm>? = nil
    ) async throws -> TokenVerifier {
        let configuration = try IdentityConfiguration(
            source: .file("/unused"), issuer: TokenSamples.issuer, audience: TokenSamples.audience,
            algorithms: algorithms)
        let keys = try await KeySet(json: samples.keySet(keySet), allowed: configuration.algorithms)
        return TokenVerifier(
            configuration: configuration, keys: keys, metrics: IdentityMetrics(factory: NOOPMetricsHandler.instance))
    }

    private func verifier(secret: [UInt8]) async throws -> TokenVerifier {
        TokenVerifier(
            configuration: try IdentityConfiguration(source: .secret(secret)), keys: try await KeySet(secret: secret),
            metrics: IdentityMetrics(factory: NOOPMetricsHandler.instance))
    }

    /// `nil`: accepted.
    private func refusal(_ verifier: TokenVerifier, _ name: String) async throws -> TokenError.Code? {
        do {
            _ = try await verifier.verify(samples.token(name), now: samples.now)
            return nil
        } catch let error as TokenError {
            return error.code
        }
    }

    @Test func aGoodTokenSaysWhoTheUserIs() async throws {
        let user = try await verifier(keySet: "good").verify(samples.token("es256"), now: samples.now)
        #expect(user.name == "Ada Lovelace")
        #expect(user.isOperator)
        #expect(user.expiresAt == samples.now + 600)
        #expect(user.id == UserID(AccountName.of("user-1", issuer: TokenSamples.issuer)))
    }

    @Test(
        arguments: [
            "es256", "es384", "es512", "rs256", "rs384WithoutAlgorithmInKey", "ps256WithoutAlgorithmInKey", "edDSA",
            "ed25519",
        ])
    func everyAlgorithmIsVerified(name: String) async throws {
        #expect(try await refusal(verifier(keySet: "good", algorithms: Self.everyPublic), name) == nil)
    }

    @Test(arguments: ["hs256", "hs256Named"])
    func aSecretVerifiesHS256(name: String) async throws {
        #expect(try await refusal(verifier(secret: samples.secret), name) == nil)
        #expect(try await refusal(verifier(secret: samples.secret.reversed()), name) == .signature)
    }

    @Test(arguments: [
        ("es384", TokenError.Code.algorithm), ("ps256WithoutAlgorithmInKey", .algorithm), ("hs256", .algorithm),
        ("publicKeyAsSecret", .algorithm), ("modulusAsSecret", .algorithm), ("none", .unsigned),
        ("noneInCapitals", .unsigned), ("algorithmMissing", .algorithm), ("algorithmIsNumber", .json),
        ("new", .unknownKey), ("otherKeysName", .unknownKey), ("shortKey", .unknownKey), ("attacker", .signature),
        ("withoutSignature", .signature), ("zeroSignature", .signature), ("critical", .critical),
        ("criticalEmpty", .critical), ("twoAlgorithms", .duplicateMember), ("twoSubjects", .duplicateMember),
        ("claimsNotJSON", .json), ("rs256Unnamed", .ambiguousKey), ("expired", .expired), ("otherIssuer", .issuer),
    ])
    func aTokenThatIsNotGoodIsRefused(name: String, code: TokenError.Code) async throws {
        #expect(try await refusal(verifier(keySet: "good"), name) == code)
    }

    /// As if HS256 were allowed beside keys: their sets never contain a key for it.
    @Test(arguments: ["publicKeyAsSecret", "modulusAsSecret"])
    func noPublicKeyVerifiesHS256(name: String) async throws {
        let allowed = Set(TokenAlgorithm.allCases)
        let keys = try await KeySet(json: samples.keySet("good"), allowed: allowed)
        let token = try SignedToken(samples.token(name), longest: 4_096, allowed: allowed)
        #expect(throws: TokenError.self) { try keys.key(for: token.header) }
    }

    @Test func aKeyIsNotUsedWithAnAlgorithmThatItDoesNotName() async throws {
        let verifier = try await verifier(keySet: "good", algorithms: Self.everyPublic)
        #expect(try await refusal(verifier, "otherAlgorithmOfKey") == .unknownKey)
    }

    @Test func aTokenThatNamesNoKeyNeedsTheOnlyOneThatFits() async throws {
        #expect(try await refusal(verifier(keySet: "good"), "es256Unnamed") == nil)
        #expect(try await refusal(verifier(keySet: "new"), "es256Unnamed") == .signature)
        #expect(try await refusal(verifier(keySet: "new"), "rs256Unnamed") == .unknownKey)
    }

    @Test func aKeyInTheTokenIsIgnored() async throws {
        #expect(try await refusal(verifier(keySet: "es"), "attackersKeyInHeader") == .signature)
    }

    @Test func anUnknownKeyIsNotReplacedByTheFirst() async throws {
        #expect(try await refusal(verifier(keySet: "es"), "new") == .unknownKey)
        #expect(try await refusal(verifier(keySet: "es"), "rs256") == .unknownKey)
    }

    @Test func aNumberThatNoIntegerHoldsIsIgnoredInTheHeader() async throws {
        #expect(try await refusal(verifier(keySet: "good"), "hugeNumberInHeader") == nil)
    }

    @Test func aKeySetWithPrivatePartsVerifies() async throws {
        #expect(try await refusal(verifier(keySet: "private"), "es256") == nil)
    }

    @Test(arguments: ["es256", "rs256", "edDSA"])
    func theGoodKeysOfAHalfBadSetAreUsed(name: String) async throws {
        #expect(try await refusal(verifier(keySet: "halfBad"), name) == nil)
    }

    @Test(arguments: ["shortKey", "new", "es384"])
    func theOthersAreNot(name: String) async throws {
        let verifier = try await verifier(keySet: "halfBad", algorithms: Self.everyPublic)
        #expect(try await refusal(verifier, name) == .unknownKey)
    }

    @Test func errorsNeverContainTheToken() async throws {
        let verifier = try await verifier(keySet: "good")
        for text in [
            "secret-looking", "a.b.c", "e30.e30.e30", "{\"alg\":\"hunter2\"}.x.y",
            "eyJhbGciOiJodW50ZXIyIn0.e30.", String(repeating: "hunter2", count: 1_000),
        ] {
            let error = await #expect(throws: TokenError.self) { try await verifier.verify(text, now: samples.now) }
            #expect(error?.message.contains("hunter2") == false)
            #expect(error?.message.contains("looking") == false)
        }
    }

    // MARK: - Fuzzing

    /// No change of a token is accepted, and none traps.
    @Test func noMutationOfAGoodTokenIsAccepted() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let verifier = try await verifier(keySet: "good", algorithms: Self.everyPublic)
        let names = ["es256", "rs256", "edDSA", "es384", "ps256WithoutAlgorithmInKey", "hugeNumberInHeader"]
        let originals = try names.map { Array(try samples.token($0).utf8) }
        for _ in 0..<10_000 {
            let original = originals[Int.random(in: 0..<originals.count, using: &random)]
            let mutant = Self.mutate(original, originals, using: &random)
            guard !originals.contains(mutant) else { continue }
            let text = String(decoding: mutant, as: UTF8.self)
            if (try? await verifier.verify(text, now: samples.now)) != nil {
                Issue.record("accepted, seed \(seed): \(text)")
            }
        }
    }

    /// Signed by the issuer or not, claims and headers of any form never trap.
    @Test func noClaimsOrHeaderTrap() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let configuration = try IdentityConfiguration(source: .secret(samples.secret))
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"exp\"", "\"sub\"", "\"nbf\"", "\"roles\"", "\"name\"", "\"alg\"",
            "\"kid\"",
            "\"crit\"", "1e309", "-1e308", "9223372036854775808", "0.5", "null", "true", "\"\\u0000\"", "\"é\u{202E}\"",
            "\"HS256\"", "\"ES256\"", " ",
        ]
        for _ in 0..<10_000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            for json in [Array(text.utf8), Array("{\(text)}".utf8), Array("{\"sub\":\"a\",\"exp\":2e9,\(text)}".utf8)] {
                _ = try? SignedInUser(claims: json, configuration, now: samples.now)
                _ = try? TokenHeader(json: json, allowed: [.es256])
            }
        }
    }

    private static func mutate(
        _ original: [UInt8], _ all: [[UInt8]], using random: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = original
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \0\n{\"é".utf8)
        let letter = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
        switch Int.random(in: 0..<9, using: &random) {
        case 0...2: bytes[place] = letter
        case 3: bytes.insert(letter, at: place)
        case 4: bytes.remove(at: place)
        case 5: bytes.removeSubrange(place...)
        case 6: bytes.append(letter)
        case 7: bytes[place] = UInt8.random(in: 0...255, using: &random)
        default:
            // Parts of several tokens.
            let parts = (0..<3).map { index in
                let other = all[Int.random(in: 0..<all.count, using: &random)]
                return other.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)[index]
            }
            bytes = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        }
        return bytes
    }
}
