import ChatClient
import ChatModel
import ChatProtocol
import NIOPosix
import NIOSSL
import TestSupport
import Testing

extension Integration {
    struct SecureClientTests {
        @Test func aClientUsesTLSOnlyWithNodesItTrusts() async throws {
            let authority = try CertificateAuthority()
            let files = try authority.issue(to: "DNS:localhost")
            let node = try NodeProcess(name: "n1", environment: ["TLS_CERT": files.certificate, "TLS_KEY": files.key])
            try node.start()
            try await eventually("the node serves", state: { node.log }) { node.log.contains("node listening") }

            var trusting = TLSConfiguration.makeClientConfiguration()
            trusting.trustRoots = .file(authority.certificate)
            #expect(try await Self.isAnswered(by: node, tls: NIOSSLContext(configuration: trusting)))
            #expect(try await !Self.isAnswered(by: node, tls: nil))
        }

        /// Whether a client's message is acknowledged before its first connection ends.
        private static func isAnswered(by node: NodeProcess, tls: NIOSSLContext?) async throws -> Bool {
            let answers = Journal<Bool>()
            let client = ChatClient(
                urls: [WebSocketURL(secure: true, host: "localhost", port: node.port)], tls: tls,
                on: MultiThreadedEventLoopGroup.singleton.next()
            ) { event in
                switch event {
                case .acked: answers.add(true)
                case .closed: answers.add(false)
                default: break
                }
            }
            client.join(.lobby)
            client.send("hello", key: "k", to: .lobby)
            client.start()
            defer { client.stop() }
            try await eventually("an answer or an end", state: { node.log }) { !answers.all.isEmpty }
            return answers.all.first == true
        }
    }
}
