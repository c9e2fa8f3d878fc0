import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import WebEdge

@Suite struct EdgeServiceTests {
    @Test("with certificate and key, pages and sockets go over TLS")
    func servesTLS() async throws {
        let files = try SelfSigned()
        defer { files.remove() }
        var trusting = TLSConfiguration.makeClientConfiguration()
        trusting.trustRoots = .file(files.tls.certificate)
        let client = try NIOSSLContext(configuration: trusting)
        try await EdgeFixture.run(configure: { $0.tls = files.tls }) { edge in
            let page = try await edge.connect(tls: client)
            page.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            try await #expect(HTTPAnswer(page.untilClosed()).status == 200)

            let socket = try await edge.connect(tls: client)
            socket.send(EdgeFixture.handshake("/ws", "Origin: https://localhost"), frame: "sealed")
            _ = try await socket.until("\u{6}sealed")
            await socket.close()
        }
    }

    @Test("TLS files that cannot be used are named when the edge is made")
    func badTLSFiles() async throws {
        let error = await #expect(throws: EdgeError.self) {
            try await EdgeFixture.run(configure: { $0.tls = .init(certificate: "/no/cert", key: "/no/key") }) { _ in }
        }
        #expect(error?.code == .badTLSFiles)
        #expect(error?.description.contains("TLS_CERT /no/cert") == true)
    }

    @Test("a port that is taken ends the service with a line that names it")
    func portTaken() async throws {
        let other = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(other.localAddress?.port)
        let error = await #expect(throws: EdgeError.self) {
            try await EdgeFixture.run(configure: { $0.port = port }) { _ in }
        }
        #expect(error?.code == .cannotListen)
        #expect(error?.description.contains("127.0.0.1:\(port), choose another HOST or PORT") == true)
        try await other.close()
    }
}

/// A certificate for `localhost`, made for one test.
private struct SelfSigned {
    let tls: EdgeConfiguration.TLSFiles
    private let directory: URL

    struct NotMade: Error {}

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "webchat-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        tls = .init(
            certificate: directory.appending(path: "cert.pem").path(percentEncoded: false),
            key: directory.appending(path: "key.pem").path(percentEncoded: false))
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2",
            "-out", tls.certificate, "-keyout", tls.key,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw NotMade() }
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }
}
