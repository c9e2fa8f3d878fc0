import Logging
import NIOHTTP1
import Operations
import Synchronization

/// Warnings about proxy headers. They are wrong in every request or in none, so each kind is logged at most once a
/// minute. One per node, thread-safe.
final class HandshakeNotices: Sendable {
    private enum Kind: Hashable { case unreadableAddress, foreignOrigin }

    private static let pause = Duration.seconds(60)

    private let logger: Logger
    private let lastWritten = Mutex<[Kind: ContinuousClock.Instant]>([:])

    init(logger: Logger) { self.logger = logger }

    func unreadableAddress(_ text: String, of proxy: String) {
        guard isDue(.unreadableAddress) else { return }
        logger.warning(
            "X-Forwarded-For from a trusted proxy has no address: its clients count as one address",
            metadata: [LogKey.remoteAddress: "\(proxy)", LogKey.reason: "\(text)"])
    }

    func foreignOrigin(_ headers: HTTPHeaders, from peer: IPAddress?) {
        guard isDue(.foreignOrigin) else { return }
        var metadata: Logger.Metadata = [LogKey.remoteAddress: "\(peer?.description ?? "unknown")"]
        for (key, name) in [
            (LogKey.origin, "Origin"), (LogKey.host, "Host"), (LogKey.forwardedHost, "X-Forwarded-Host"),
            (LogKey.forwardedProto, "X-Forwarded-Proto"),
        ] where headers.contains(name: name) {
            metadata[key] = "\(headers[name].joined(separator: ", ").prefix(200))"
        }
        logger.warning(
            """
            rejected a page whose origin is not this host: set ALLOWED_ORIGINS, or make the proxy forward Host with its \
            port or X-Forwarded-Host, and add the proxy to TRUSTED_PROXIES
            """, metadata: metadata)
    }

    private func isDue(_ kind: Kind) -> Bool {
        let now = ContinuousClock.now
        return lastWritten.withLock { lastWritten in
            if let last = lastWritten[kind], now - last < Self.pause { return false }
            lastWritten[kind] = now
            return true
        }
    }
}
