import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Identity

@Suite(.timeLimit(.minutes(1))) struct KeySetFetcherTests {
    private let samples: TokenSamples

    init() throws { samples = try TokenSamples() }

    private func fetch(
        _ path: String, from server: KeyServer, timeout: TimeAmount = .seconds(20)
    ) async throws -> Result<ByteBuffer, IdentityError> {
        let fetcher = KeySetFetcher(
            address: server.address(path), on: MultiThreadedEventLoopGroup.singleton, timeout: timeout)
        let result: Result<ByteBuffer, IdentityError>
        do throws(IdentityError) {
            result = .success(try await fetcher.fetch())
        } catch {
            result = .failure(error)
        }
        await fetcher.shutdown()
        return result
    }

    @Test func theKeySetIsFetched() async throws {
        let keys = try samples.keySet("good")
        let server = try await KeyServer(keys: keys)
        #expect(try await fetch("keys", from: server).get() == keys)
    }

    @Test(arguments: [
        ("announced", "262144"), ("endless", "262144"), ("redirect", "redirect"), ("broken", "500"),
        ("short", "cannot fetch"),
    ])
    func anAnswerThatIsNoKeySetIsAnError(path: String, reason: String) async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        let before = ContinuousClock.now
        let answer = try await fetch(path, from: server)
        let error = #expect(throws: IdentityError.self) { try answer.get() }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "none")")
        // A redirect is not followed.
        #expect(server.requests == 1)
        #expect(ContinuousClock.now - before < .seconds(15))
    }

    /// The client's own deadline ends with the head of an answer, and its read timeout with every byte.
    @Test func anAnswerThatComesByteByByteIsTooLate() async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        let answer = try await fetch("drip", from: server, timeout: .milliseconds(1_200))
        #expect(throws: IdentityError.self) { try answer.get() }
    }

    @Test func nobodyListening() async throws {
        let server = try await KeyServer(keys: samples.keySet("good"))
        server.stop()
        let answer = try await fetch("keys", from: server)
        let error = #expect(throws: IdentityError.self) { try answer.get() }
        #expect(error?.code == .unreachable)
    }

    @Test func aFileIsReadUpToTheLimit() async throws {
        let directory = TemporaryDirectory()
        let full = String(repeating: " ", count: KeySetFetcher.mostBytes)
        #expect(
            try await KeySetFetcher(file: directory.write(full, to: "full")).fetch().readableBytes == full.utf8.count)
        let over = KeySetFetcher(file: try directory.write(full + " ", to: "over"))
        await #expect(throws: IdentityError.self) { try await over.fetch() }
        let missing = KeySetFetcher(file: directory.path + "/missing")
        let error = await #expect(throws: IdentityError.self) { try await missing.fetch() }
        #expect(error?.code == .unreachable)
    }
}
