import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(1))) struct NodeRequestTests {
    /// Runs a server that answers every request with its head's URI, or not at all.
    private func withServer(answers: Bool = true, _ body: (String) async throws -> Void) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    if answers { try channel.pipeline.syncOperations.addHandler(EchoURI()) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = "http://127.0.0.1:\(try #require(server.localAddress?.port))"
        do {
            try await body(url)
        } catch {
            try await server.close()
            throw error
        }
        try await server.close()
    }

    @Test(arguments: [("", "/readyz"), ("/", "/readyz"), ("/behind/", "/behind/readyz")])
    func aPageIsFetched(suffix: String, uri: String) async throws {
        try await withServer { url in
            let response = try await NodeRequest("/readyz", of: url + suffix).send()
            #expect(response.status == 200)
            #expect(String(buffer: response.body) == uri)
        }
    }

    @Test func aSilentServerTimesOut() async throws {
        try await withServer(answers: false) { url in
            let failure = await #expect(throws: NodeRequest.Failure.self) {
                try await NodeRequest("/readyz", of: url).send(timeout: .milliseconds(50))
            }
            #expect(failure?.description.contains("cannot be reached: no response") == true)
        }
    }

    @Test func anUnreachableServerIsReported() async throws {
        var gone = ""
        try await withServer { gone = $0 }
        let get = try NodeRequest("/", of: gone)
        let failure = await #expect(throws: NodeRequest.Failure.self) { try await get.send() }
        #expect(failure?.description == "\(gone) cannot be reached: Connection refused")
    }

    @Test(arguments: ["", "localhost:8080", "ftp://h", "http://", "http://h/?q", "http://u@h", "http://h/#f"])
    func invalidAddressesAreRejected(url: String) {
        let failure = #expect(throws: NodeRequest.Failure.self) { try NodeRequest("/", of: url) }
        #expect(failure?.description.contains("must be http://host:port") == true)
    }

    private final class EchoURI: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let length = ["Content-Length": "\(head.uri.utf8.count)"] as HTTPHeaders
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: length))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: head.uri)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
