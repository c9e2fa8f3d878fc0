import ChatModel
import TestSupport
import Testing

@testable import ChatServer

@Suite struct SealedGuestTokensTests {
    private let directory = TemporaryDirectory()
    private let user = UserID("ann")

    private func tokens(_ environment: [String: String]) throws -> SealedGuestTokens {
        try SealedGuestTokens(NodeConfiguration(flags: [:], environment: environment, machine: directory.machine()))
    }

    @Test func nodesThatShareASecretOpenEachOthersTokens() throws {
        let environment = ["CLUSTER_SECRET": String(repeating: "s", count: 32)]
        let token = try tokens(environment).issue(to: user)
        #expect(try tokens(environment).open(token) == user)
        #expect(try !tokens(environment).replacesUnknown)
        #expect(try tokens(["CLUSTER_SECRET": String(repeating: "t", count: 32)]).open(token) == nil)
    }

    @Test func aSecretInTheStateDirectoryOutlivesTheProcess() throws {
        let environment = ["STATE_DIR": directory.path + "/state"]
        let token = try tokens(environment).issue(to: user)
        #expect(try tokens(environment).open(token) == user)
        #expect(try !tokens(environment).replacesUnknown)
    }

    @Test func withoutEitherAnUnknownTokenCreatesANewGuest() throws {
        let token = try tokens([:]).issue(to: user)
        #expect(try tokens([:]).open(token) == nil)
        #expect(try tokens([:]).replacesUnknown)
    }
}
