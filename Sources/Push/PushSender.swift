import AsyncHTTPClient
import ChatModel
import NIOCore
import NIOHTTP1
import Sealing

/// Hands messages to the browsers' push services (RFC 8030), in the server's name (RFC 8292).
///
/// Owned by a run of the `PushService`, which shuts it down.
final class PushSender {
    enum Answer: Equatable, Sendable {
        case taken
        /// The browser has unsubscribed.
        case gone
        case refused(String)
        /// - `retryAfter`: in milliseconds.
        case later(String, retryAfter: Int64?)
    }

    /// For everything, the answer included.
    private static let patience = TimeAmount.seconds(8)
    private static let mostBytes = 4_096
    /// How long a push service keeps a message for a browser that is away, in seconds.
    private static let lifetime = 86_400
    /// Of a token; RFC 8292 allows a day. In seconds.
    private static let tokenLifetime: Int64 = 12 * 3_600
    /// Texts are padded to a multiple of this.
    private static let padding = 256

    private struct Audience: Hashable {
        let origin: String
        let key: String
    }

    private let configuration: PushConfiguration
    private let client: HTTPClient
    /// In seconds since 1970.
    private var tokens: [Audience: (token: String, made: Int64)] = [:]

    init(_ configuration: PushConfiguration, on group: any EventLoopGroup) {
        self.configuration = configuration
        // A redirect would lead to hosts that the operator has not allowed.
        var client = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: Self.patience))
        client.httpVersion = .http1Only
        client.connectionPool.retryConnectionEstablishment = false
        client.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 8
        self.client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: client)
    }

    func shutdown() async {
        // It fails only if it was called before.
        try? await client.shutdown()
    }

    /// Begins to send; the answer comes at the latest after `patience`, and then is `later`.
    /// - `now`: milliseconds since 1970.
    func send(
        _ payload: [UInt8], to device: PushDevice, topic: String, isUrgent: Bool, at now: Int64
    ) -> EventLoopFuture<Answer> {
        let loop = client.eventLoopGroup.next()
        // The list of hosts may have become another since the device was kept.
        guard configuration.hosts.accepts(device.endpoint), let origin = PushHosts.origin(of: device.endpoint),
            let key = configuration.keys[device.serverKey],
            let publicKey = Base64URL.decode(device.publicKey.utf8), let secret = Base64URL.decode(device.secret.utf8),
            let sealer = PushSealer(publicKey: publicKey, secret: secret)
        else { return loop.makeSucceededFuture(.gone) }
        let request: HTTPClient.Request
        do {
            let body = try sealer.seal(payload, paddedTo: Self.padding, key: .random())
            let token = try token(for: Audience(origin: origin, key: device.serverKey), signedBy: key, at: now / 1_000)
            request = try HTTPClient.Request(
                url: device.endpoint, method: .POST,
                headers: [
                    "authorization": "vapid t=\(token), k=\(device.serverKey)", "content-encoding": "aes128gcm",
                    "content-type": "application/octet-stream", "ttl": "\(Self.lifetime)", "topic": topic,
                    "urgency": isUrgent ? "high" : "normal",
                ], body: .bytes(body))
        } catch {
            return loop.makeSucceededFuture(.refused("\(error)"))
        }
        let task = client.execute(
            request: request, delegate: ResponseAccumulator(request: request, maxBodySize: Self.mostBytes),
            deadline: .now() + Self.patience)
        return task.futureResult.map(Answer.init).recover { error in
            error is ResponseAccumulator.ResponseTooBigError
                ? .refused("an answer of more than \(Self.mostBytes) bytes") : .later("\(error)", retryAfter: nil)
        }
    }

    /// One for each push service and hour: push services keep what they have verified.
    private func token(for audience: Audience, signedBy key: P256Key, at now: Int64) throws -> String {
        if let known = tokens[audience], (0..<3_600).contains(now - known.made) { return known.token }
        if tokens.count >= 100 { tokens = [:] }
        let header = Base64URL.encode(Array(#"{"typ":"JWT","alg":"ES256"}"#.utf8))
        let end = now + Self.tokenLifetime
        let body = Base64URL.encode(
            Array(#"{"aud":"\#(audience.origin)","exp":\#(end),"sub":"\#(configuration.contact)"}"#.utf8))
        let signature = try key.sign(Array("\(header).\(body)".utf8))
        let token = "\(header).\(body).\(Base64URL.encode(signature))"
        tokens[audience] = (token, now)
        return token
    }
}

extension PushSender.Answer {
    init(_ response: HTTPClient.Response) {
        switch response.status.code {
        case 200..<300: self = .taken
        case 404, 410: self = .gone
        case 429, 500...:
            let seconds = response.headers.first(name: "retry-after").flatMap { Int64($0) }
            self = .later(
                "\(response.status.code)", retryAfter: seconds.map { min(max(0, $0), 86_400) * 1_000 })
        default: self = .refused("\(response.status.code)")
        }
    }
}
