import ChatModel
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Which path is answered by what. Start reading the HTTP side here.
struct Routes {
    let configuration: EdgeConfiguration
    let sources: EdgeSources
    let admission: SocketAdmission
    let metrics: EdgeMetrics
    let streams: ClusterStreams
    let group: any EventLoopGroup
    let logger: Logger

    /// What clients reach. `/metrics` and `/cluster` are here unless they have a port of their own.
    func clients() -> Router<EdgeRequestContext> {
        let router = router()
        let files = files(withIndex: true)
        router.add(middleware: files.middleware)
        addHealth(to: router)
        HistoryRoutes(log: sources.log, rooms: sources.rooms, group: group).add(to: router)
        addRefusedSockets(to: router)
        if configuration.adminPort == nil { addOperations(to: router, files: files) }
        return router
    }

    /// What operators reach, on `ADMIN_PORT`.
    func operators() -> Router<EdgeRequestContext> {
        let router = router()
        let files = files(withIndex: false)
        router.add(middleware: files.middleware)
        addHealth(to: router)
        addOperations(to: router, files: files)
        return router
    }

    private func files(withIndex servesIndex: Bool) -> StaticFiles {
        StaticFiles(directory: configuration.staticDirectory, servesIndex: servesIndex, logger: logger)
    }

    private func router() -> Router<EdgeRequestContext> {
        let router = Router(context: EdgeRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: SecurityHeaders())
        router.add(middleware: PlainErrors())
        return router
    }

    private func addHealth(to router: Router<EdgeRequestContext>) {
        router.get("/healthz") { _, _ in Response.text(.ok, "ok") }
        let checks = sources.readiness + [admission]
        router.get("/readyz") { [membership = sources.membership] _, _ in
            let reasons = checks.compactMap(\.unreadyReason)
            guard reasons.isEmpty else {
                return Response.text(.serviceUnavailable, reasons.joined(separator: "\n"))
            }
            // It serves all the same.
            let degraded = membership.degraded.map { "degraded: \($0)" }
            return Response.text(.ok, (["ready"] + degraded).joined(separator: "\n"))
        }
    }

    private func addOperations(to router: Router<EdgeRequestContext>, files: StaticFiles) {
        router.get("/metrics") { [metrics = sources.metrics] _, _ in
            Response.body(.ok, metrics.render(), type: TextFormat.contentType)
        }
        ClusterRoutes(
            files: files, sources: sources, streams: streams, isDraining: { [admission] in admission.isDraining }
        ).add(to: router)
        if let faults = sources.faults { FaultRoutes(faults: faults).add(to: router) }
    }

    /// What asks for `/ws` and was no upgrade, or too late in its connection for one (`UpgradeGateHandler`).
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
