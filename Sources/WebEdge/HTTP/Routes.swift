import ChatModel
import Files
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Operations

/// Maps paths to handlers. Start reading the HTTP side here.
struct Routes {
    let configuration: EdgeConfiguration
    let sources: EdgeSources
    let admission: SocketAdmission
    let metrics: EdgeMetrics
    let streams: ClusterStreams
    let guests: any GuestTokens
    let group: any EventLoopGroup
    let logger: Logger

    /// For clients, on `PORT`. Includes `/metrics` and `/cluster` unless `ADMIN_PORT` is set.
    func clients() -> Router<EdgeRequestContext> {
        let router = router(servesTLS: configuration.tls != nil, files: sources.files?.place)
        let files = files(withIndex: true)
        files.add(to: router)
        addHealth(to: router, detailed: configuration.adminPort == nil)
        let address = ClientAddress(trustedProxies: configuration.trustedProxies)
        let check = SignInCheck(access: sources.access, clientAddress: address, guests: guests)
        let guarded = router.group().add(middleware: check)
        HistoryRoutes(
            log: sources.backend.log, rooms: sources.backend.index, clientAddress: address,
            addresses: sources.addresses, metrics: metrics, guests: guests, group: group
        ).add(to: guarded)
        add(sources.files, for: address, to: router)
        addRefusedSockets(to: router)
        if configuration.adminPort == nil {
            var operators = check
            operators.onlyOperators = true
            addOperations(to: router, cluster: router.group().add(middleware: operators), files: files)
        }
        return router
    }

    /// For operators, on `ADMIN_PORT`.
    func operators() -> Router<EdgeRequestContext> {
        let router = router(servesTLS: false, files: nil)
        let files = files(withIndex: false)
        files.add(to: router)
        addHealth(to: router, detailed: true)
        addOperations(to: router, cluster: router.group(), files: files)
        RoomRoutes(backend: sources.backend, files: sources.files, group: group, logger: logger).add(to: router)
        return router
    }

    private func files(withIndex servesIndex: Bool) -> StaticFiles {
        StaticFiles(
            directory: configuration.staticDirectory, servesIndex: servesIndex,
            worksOffline: configuration.worksOffline,
            policy: SecurityHeaders.contentSecurityPolicy(sources.files?.place))
    }

    private func add(_ files: FileServices?, for address: ClientAddress, to router: Router<EdgeRequestContext>) {
        guard let files else { return }
        switch files.place {
        case .directory(let directory):
            FileRoutes(directory: directory, files: files, clientAddress: address).add(to: router)
        case .bucket(let bucket): BucketRoutes(bucket: bucket, files: files, clientAddress: address).add(to: router)
        }
    }

    private func router(servesTLS: Bool, files: FilePlace?) -> Router<EdgeRequestContext> {
        let router = Router(context: EdgeRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SecurityHeaders(servesTLS: servesTLS, files: files))
        var takesBodies = false
        if case .directory = files { takesBodies = true }
        router.add(middleware: PlainErrors(takesFiles: takesBodies))
        return router
    }

    /// - Parameter detailed: whether operators use this port. Requests forwarded by a proxy get no details even then.
    private func addHealth(to router: Router<EdgeRequestContext>, detailed: Bool) {
        router.get("/healthz") { _, _ in Response.json(#"{"status": "ok"}"#) }
        let checks = sources.backend.readiness + [admission] + [sources.keys].compactMap(\.self)
        router.get("/readyz") { [membership = sources.backend.membership] request, _ in
            // The reasons contain addresses.
            let showsReasons = detailed && !request.headers.contains(.forwardedFor)
            let reasons = checks.compactMap(\.unreadyReason)
            guard reasons.isEmpty else {
                let text = showsReasons ? reasons.joined(separator: "\n") : "not ready"
                return Response.text(.serviceUnavailable, text)
            }
            // Degraded, but still serving.
            let troubles = checks.compactMap(\.degradedReason) + membership.degraded
            guard showsReasons else { return Response.text(.ok, troubles.isEmpty ? "ready" : "ready\ndegraded") }
            return Response.text(.ok, (["ready"] + troubles.map { "degraded: \($0)" }).joined(separator: "\n"))
        }
    }

    private func addOperations(
        to router: Router<EdgeRequestContext>, cluster: RouterGroup<EdgeRequestContext>, files: StaticFiles
    ) {
        router.get("/metrics") { [metrics = sources.metrics] request, _ in
            Response.compressed(metrics.render(), type: TextFormat.contentType, for: request)
        }
        ClusterRoutes(
            files: files, sources: sources, streams: streams, isDraining: { [admission] in admission.isDraining }
        ).add(to: cluster)
        if let rooms = sources.sabotaged { FaultRoutes(rooms: rooms).add(to: router) }
    }

    /// Requests for `/ws` that are not upgrades (`UpgradeGateHandler`).
    private func addRefusedSockets(to router: Router<EdgeRequestContext>) {
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete, .options] {
            let refusal = method == .get ? UpgradeRefusal.notAnUpgrade : .notGet
            router.on(RouterPath(UpgradeGate.path), method: method) { [metrics] _, _ in
                metrics.connected(refusal.counted)
                return Response(refusal)
            }
        }
    }
}

extension Response {
    fileprivate init(_ refusal: UpgradeRefusal) {
        var headers = HTTPFields()
        if let header = refusal.header, let name = HTTPField.Name(header.name) { headers[name] = header.value }
        self = .text(.init(code: Int(refusal.status.code)), refusal.text, headers: headers)
    }
}

extension HTTPField.Name {
    static let forwardedFor = known("X-Forwarded-For")
}
