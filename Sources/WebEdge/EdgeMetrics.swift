package import ChatModel
package import CoreMetrics
package import Operations

/// The edge's metrics. Created once per node; instruments are stored, so recording costs one atomic addition. Messages
/// are counted by `ActorsMetrics`, once the log confirms them.
package struct EdgeMetrics: Sendable {
    /// Outcome of an upgrade: the label `status` of `webchat_connections_total`.
    package enum UpgradeStatus: String, Sendable, CaseIterable {
        case success
        /// Not a WebSocket handshake that we support.
        case upgradeFailed = "upgrade_failed"
        /// A valid handshake, refused: origin, limits, draining.
        case refused
    }

    /// The label `type` of `webchat_errors_total`.
    package enum ErrorType: String, Sendable, CaseIterable {
        case parseError = "parse_error"
        case invalidMessage = "invalid_message"
        case webSocketError = "websocket_error"
        case redisError = "redis_error"
    }

    /// The limit that rejected a frame: the label `limit` of `webchat_rate_limited_total`.
    package enum RateLimited: String, Sendable, CaseIterable {
        case user, address, bytes, rooms
        /// Bytes of files, per user or address.
        case files
        /// `MAX_ROOMS` is reached: guests cannot create rooms.
        case maximumRooms = "max_rooms"
    }

    /// What became of a position up to which a user has read a room: the label `result` of
    /// `webchat_read_positions_total`.
    package enum ReadResult: String, Sendable, CaseIterable {
        case stored
        /// This node stores too many at the moment: it waits for the socket's next turn.
        case delayed
        /// It was delayed, and its socket has ended; or the socket has said so of too many rooms.
        case dropped
        case failed
    }

    /// The peer that read too slowly: the label `peer` of `webchat_slow_consumers_total`.
    package enum SlowPeer: String, Sendable, CaseIterable { case client, redis }

    /// Why an HTTP connection was closed before a route responded: the label `reason` of `webchat_http_refusals_total`.
    package enum HTTPRefusal: String, Sendable, CaseIterable {
        /// Too many idle connections from its address.
        case crowded
        /// Sent no request in time.
        case silent
        case headTooSlow = "head_too_slow"
        case headTooBig = "head_too_big"
        case malformed
        /// The body of an upload.
        case bodyTooSlow = "body_too_slow"
    }

    /// Users with at least one socket on this node.
    package let connectedUsers: Meter
    package let eventLoopLag: CoreMetrics.Timer
    let clusterStreams: Meter
    let memoryLimited: Meter
    let waitingHandshakes: Meter
    private let connections: [UpgradeStatus: Counter]
    private let disconnections: [CloseReason.Label: Counter]
    private let errors: [ErrorType: Counter]
    private let slowConsumers: [SlowPeer: Counter]
    private let httpRefusals: [HTTPRefusal: Counter]
    private let rateLimited: [RateLimited: Counter]
    private let readPositions: [ReadResult: Counter]

    package init(factory: any MetricsFactory) {
        func counter(_ name: String, _ label: String, _ value: String) -> Counter {
            Counter(label: name, dimensions: [(label, value)], factory: factory)
        }
        self.connectedUsers = Meter(label: "webchat_connected_users", factory: factory)
        self.clusterStreams = Meter(label: "webchat_cluster_streams", factory: factory)
        self.memoryLimited = Meter(label: "webchat_memory_limited", factory: factory)
        self.waitingHandshakes = Meter(label: "webchat_waiting_handshakes", factory: factory)
        self.eventLoopLag = Timer(
            label: "webchat_event_loop_lag_seconds", dimensions: [], preferredDisplayUnit: .seconds, factory: factory)
        self.connections = .init(
            uniqueKeysWithValues: UpgradeStatus.allCases.map {
                ($0, counter("webchat_connections_total", "status", $0.rawValue))
            })
        self.disconnections = .init(
            uniqueKeysWithValues: CloseReason.Label.allCases.map {
                ($0, counter("webchat_disconnections_total", "reason", $0.rawValue))
            })
        self.errors = .init(
            uniqueKeysWithValues: ErrorType.allCases.map { ($0, counter("webchat_errors_total", "type", $0.rawValue)) })
        self.slowConsumers = .init(
            uniqueKeysWithValues: SlowPeer.allCases.map {
                ($0, counter("webchat_slow_consumers_total", "peer", $0.rawValue))
            })
        self.rateLimited = .init(
            uniqueKeysWithValues: RateLimited.allCases.map {
                ($0, counter("webchat_rate_limited_total", "limit", $0.rawValue))
            })
        self.readPositions = .init(
            uniqueKeysWithValues: ReadResult.allCases.map {
                ($0, counter("webchat_read_positions_total", "result", $0.rawValue))
            })
        self.httpRefusals = .init(
            uniqueKeysWithValues: HTTPRefusal.allCases.map {
                ($0, counter("webchat_http_refusals_total", "reason", $0.rawValue))
            })
    }

    package func connected(_ status: UpgradeStatus) { connections[status]?.increment() }
    package func disconnected(_ reason: CloseReason) { disconnections[reason.label]?.increment() }
    package func failed(_ type: ErrorType) { errors[type]?.increment() }
    package func slowConsumer(_ peer: SlowPeer) { slowConsumers[peer]?.increment() }
    func didRead(_ result: ReadResult, _ count: Int) { readPositions[result]?.increment(by: count) }
    func limited(by limit: RateLimited) { rateLimited[limit]?.increment() }
    package func refused(_ reason: HTTPRefusal) { httpRefusals[reason]?.increment() }

    package static let descriptions: [MetricDescription] = [
        .init("webchat_connected_users", .gauge, help: "Users with at least one open socket on this node."),
        .init("webchat_cluster_streams", .gauge, help: "Open streams of /cluster/events (at most 32)."),
        .init(
            "webchat_memory_limited", .gauge, help: "1 while new sockets are refused: memory exceeds MAX_MEMORY_MB."),
        .init(
            "webchat_waiting_handshakes", .gauge,
            help: "Accepted WebSocket handshakes that wait for their turn on an event loop."),
        .init(
            "webchat_connections_total", .counter, help: "WebSocket upgrade requests, by outcome.",
            labels: [.init("status", UpgradeStatus.allCases.map(\.rawValue))]),
        .init(
            "webchat_disconnections_total", .counter, help: "Closed sockets, by reason.",
            labels: [.init("reason", CloseReason.Label.allCases.map(\.rawValue))]),
        .init(
            "webchat_errors_total", .counter, help: "Errors while handling client frames, by type.",
            labels: [.init("type", ErrorType.allCases.map(\.rawValue))]),
        .init(
            "webchat_slow_consumers_total", .counter, help: "Connections closed because the peer read too slowly.",
            labels: [.init("peer", SlowPeer.allCases.map(\.rawValue))]),
        .init(
            "webchat_rate_limited_total", .counter,
            help:
                "Rate-limited frames, by limit: per user, per address, bytes or new rooms per address, all rooms, files.",
            labels: [.init("limit", RateLimited.allCases.map(\.rawValue))]),
        .init(
            "webchat_read_positions_total", .counter,
            help: "Positions up to which users have read their rooms, by what became of them.",
            labels: [.init("result", ReadResult.allCases.map(\.rawValue))]),
        .init(
            "webchat_http_refusals_total", .counter, help: "HTTP connections closed before a route responded.",
            labels: [.init("reason", HTTPRefusal.allCases.map(\.rawValue))]),
        .init(
            "webchat_event_loop_lag_seconds", .histogram(buckets: MetricDescription.latencyBuckets),
            help: "Delay of a task scheduled on an event loop."),
    ]
}
