import ChatModel
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Supervision
import TestSupport
import Testing

@testable import WebEdge

@Suite struct EdgeServiceTests {
    private static let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    /// An edge with a certificate, and what a client that trusts it connects with.
    private static func withTLS(
        version: TLSVersion? = nil, _ body: @Sendable (EdgeFixture, NIOSSLContext) async throws -> Void
    ) async throws {
        let authority = try CertificateAuthority()
        let files = try authority.issue(to: "DNS:localhost")
        var trusting = TLSConfiguration.makeClientConfiguration()
        trusting.trustRoots = .file(authority.certificate)
        if let version {
            trusting.minimumTLSVersion = version
            trusting.maximumTLSVersion = version
        }
        let client = try NIOSSLContext(configuration: trusting)
        try await EdgeFixture.run(configure: { $0.tls = .init(certificate: files.certificate, key: files.key) }) {
            try await body($0, client)
        }
    }

    @Test func withACertificatePagesAndSocketsUseTLS() async throws {
        try await Self.withTLS { edge, client in
            let answer = try await HTTPAnswer(edge.connect(tls: client, sending: Self.request).untilClosed())
            #expect(answer.status == 200 && answer["Strict-Transport-Security"] == "max-age=31536000")

            let socket = try await edge.connect(
                tls: client, sending: EdgeFixture.handshake("/ws", "Origin: https://localhost"), frame: "sealed",
                until: "\u{6}sealed")
            await socket.close()
        }
    }

    @Test(arguments: [TLSVersion.tlsv1, .tlsv11, .tlsv12, .tlsv13])
    func tlsVersionsBefore1Point2AreRejected(version: TLSVersion) async throws {
        try await Self.withTLS(version: version) { edge, client in
            let heard = try await edge.connect(tls: client, sending: Self.request).untilClosed()
            #expect(heard.hasPrefix("HTTP/1.1 200") == (version == .tlsv12 || version == .tlsv13), "\(heard)")
        }
    }

    @Test func unusableTLSFilesAreNamed() async throws {
        let error = await #expect(throws: EdgeError.self) {
            try await EdgeFixture.run(configure: { $0.tls = .init(certificate: "/no/cert", key: "/no/key") }) { _ in }
        }
        #expect(error?.code == .badTLSFiles)
        #expect(error?.description.contains("TLS_CERT /no/cert") == true)
    }

    @Test func acceptingPausesAtTheConnectionLimit() async throws {
        // The listener accepts a few at a time, and looks at the limit in between.
        try await EdgeFixture.run(configure: { $0.maximumAccepted = 2 }) { edge in
            var idle: [RawClient] = []
            for _ in 0..<8 { idle.append(try await edge.connect()) }
            let late = try await edge.connect(sending: Self.request)
            #expect(await !eventually(within: .milliseconds(300)) { !late.text.isEmpty })
            for client in idle { await client.close() }
            try await #expect(HTTPAnswer(late.untilClosed()).status == 200)
        }
    }

    @Test func theAdminPortHasAReservedShareOfTheConnectionLimit() {
        var configuration = EdgeConfiguration(staticDirectory: "")
        #expect(configuration.acceptedClients == nil && configuration.acceptedOperators == nil)
        configuration.maximumAccepted = 900
        #expect(configuration.acceptedClients == 900)
        configuration.adminPort = 9_000
        #expect(configuration.acceptedClients == 836 && configuration.acceptedOperators == 64)
        configuration.maximumAccepted = 16
        #expect(configuration.acceptedClients == 14 && configuration.acceptedOperators == 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func anUnreadResponseIsCutOffWhenTheDrainTimeIsOver() async throws {
        let now = WallClock.milliseconds()
        let messages = (1...1_000).map { seq in
            ChatMessage(
                id: MessageID(ms: UInt64(now), seq: seq), user: UserID("u"), name: "Ann",
                text: String(repeating: "long ", count: 8_000), key: "k", ts: now)
        }
        try await EdgeFixture.run(log: FixedLog(messages: messages), configure: { $0.drainLimit = .seconds(1) }) {
            edge in
            let client = try await edge.connect()
            try await client.stopReading()
            client.send("GET /messages HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.readOnce()
            _ = try await client.until("200 OK")
        }
    }

    @Test func aPortInUseIsNamedInTheError() async throws {
        let other = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(other.localAddress?.port)
        let error = await #expect(throws: SupervisionError.self) {
            try await EdgeFixture.run(configure: { $0.port = port }) { _ in }
        }
        #expect((error?.cause as? EdgeError)?.code == .cannotListen)
        #expect(error?.description.contains("127.0.0.1:\(port), choose another HOST or PORT") == true)
        try await other.close()
    }
}
