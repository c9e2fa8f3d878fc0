import ChatClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Operations

/// One request to a running node, for the commands that inspect it and moderate its rooms.
struct NodeRequest {
    struct Response: Sendable {
        let status: Int
        let body: ByteBuffer
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let maximumBodyBytes = 8 << 20

    private let host: String
    private let port: Int
    private let usesTLS: Bool
    private let authority: String
    private let path: String
    private let method: HTTPMethod
    private let address: String

    /// - `url`: base URL of a node, `http://host:port` or `https://…`.
    /// - `method`: no request has a body.
    init(_ path: String, of url: String, method: HTTPMethod = .GET) throws {
        let usesTLS = url.hasPrefix("https://")
        let rest = url.dropFirst(usesTLS ? "https://".count : "http://".count)
        let base = rest.prefix { $0 != "/" }
        let standard = usesTLS ? 443 : 80
        guard usesTLS || url.hasPrefix("http://"), url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !rest.contains(where: { $0 == "?" || $0 == "#" }),
            let place = try? HostPort(base, defaultPort: standard, inURL: true)
        else {
            throw Failure(
                description:
                    "--url is \"\(LogText.escaped(url))\", but must be http://host:port or https://host:port, with an "
                    + "IPv6 address in [ ]")
        }
        self.usesTLS = usesTLS
        self.host = place.host
        self.port = place.port
        self.authority = place.authority(defaultPort: standard)
        var parent = rest.dropFirst(base.count)
        while parent.last == "/" { parent.removeLast() }
        self.path = String(parent) + path
        self.address = url
        self.method = method
    }

    /// Fetches `/cluster` and decodes the part that `Value` declares.
    static func cluster<Value: Decodable>(
        _ value: Value.Type, of url: String, timeout: TimeAmount = .seconds(5)
    ) async throws -> Value {
        let response = try await NodeRequest("/cluster", of: url).send(timeout: timeout)
        guard response.status == 200 else {
            throw Failure(
                description: "\(url)/cluster returned status \(response.status); if ADMIN_PORT is set, use that port")
        }
        guard let view = try? JSONDecoder().decode(value, from: Data(response.body.readableBytesView)) else {
            throw Failure(description: "\(url)/cluster is not a webchat node, or runs an incompatible version")
        }
        return view
    }

    func send(timeout: TimeAmount = .seconds(5)) async throws -> Response {
        do {
            return try await exchange(timeout: timeout)
        } catch {
            throw Failure(description: "\(address) cannot be reached: \(Unreachable.reason(of: error))")
        }
    }

    private func exchange(timeout: TimeAmount) async throws -> Response {
        let tls = usesTLS ? try NIOSSLContext(configuration: Self.tlsConfiguration()) : nil
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = eventLoop.makePromise(of: Response.self)
        let connected = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelInitializer { [host] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let isName = (try? SocketAddress(ipAddress: host, port: 0)) == nil
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: isName ? host : nil))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(ResponseCollector(promise: promise, maximumBytes: Self.maximumBodyBytes))
                }
            }
            .connect(host: host, port: port)
        connected.whenFailure { promise.fail($0) }
        let channel = try await connected.get()
        let deadline = eventLoop.scheduleTask(in: timeout) {
            promise.fail(Failure(description: "no response within \(timeout.nanoseconds / 1_000_000_000) s"))
        }
        var headers: HTTPHeaders = [
            "Host": authority, "Accept": "application/json, text/plain", "Connection": "close",
        ]
        if method != .GET { headers.add(name: "Content-Length", value: "0") }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        defer {
            deadline.cancel()
            channel.close(promise: nil)
        }
        return try await promise.futureResult.get()
    }
}

extension NodeRequest {
    /// OpenSSL's own variable for a custom CA file.
    private static func tlsConfiguration() -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let file = ProcessInfo.processInfo.environment["SSL_CERT_FILE"] ?? ""
        if !file.isEmpty { configuration.trustRoots = .file(file) }
        return configuration
    }
}

/// Collects one response.
private final class ResponseCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<NodeRequest.Response>
    private let maximumBytes: Int
    private var status = 0
    private var body = ByteBuffer()

    init(promise: EventLoopPromise<NodeRequest.Response>, maximumBytes: Int) {
        self.promise = promise
        self.maximumBytes = maximumBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= maximumBytes else {
                promise.fail(NodeRequest.Failure(description: "the response is longer than \(maximumBytes) bytes"))
                return context.close(promise: nil)
            }
            body.writeBuffer(&part)
        case .end: promise.succeed(NodeRequest.Response(status: status, body: body))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(NodeRequest.Failure(description: "the connection was closed before the response was complete"))
        context.fireChannelInactive()
    }
}
