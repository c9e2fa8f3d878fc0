import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport
import Testing

extension Integration {
    struct SecureClientTests {
        @Test func aClientUsesTLSOnlyWithNodesItTrusts() async throws {
            let files = try SelfSignedCertificate()
            defer { files.remove() }
            let node = try NodeProcess(name: "n1", environment: ["TLS_CERT": files.certificate, "TLS_KEY": files.key])
            defer { node.signal(SIGKILL) }
            try node.start()
            try await eventually("the node serves", state: { node.log }) { node.log.contains("node listening") }

            var trusting = TLSConfiguration.makeClientConfiguration()
            trusting.trustRoots = .file(files.certificate)
            #expect(try await Self.isAnswered(by: node, tls: NIOSSLContext(configuration: trusting)))
            #expect(try await !Self.isAnswered(by: node, tls: nil))
        }

        /// Whether a client's message is acknowledged before its first connection ends.
        private static func isAnswered(by node: NodeProcess, tls: NIOSSLContext?) async throws -> Bool {
            let answer = Answer()
            let client = ChatClient(
                urls: [WebSocketURL(secure: true, host: "localhost", port: node.port)], tls: tls,
                on: MultiThreadedEventLoopGroup.singleton.next()
            ) { answer.hear($0) }
            client.join(.lobby)
            client.send("hello", key: "k", to: .lobby)
            client.start()
            defer { client.stop() }
            try await eventually("an answer or an end", state: { node.log }) { answer.given != nil }
            return answer.given == true
        }

        private final class Answer: Sendable {
            private let value = Mutex<Bool?>(nil)

            var given: Bool? { value.withLock { $0 } }

            func hear(_ event: ClientEvent) {
                value.withLock { value in
                    switch event {
                    case .acked: value = value ?? true
                    case .closed: value = value ?? false
                    default: break
                    }
                }
            }
        }
    }
}
