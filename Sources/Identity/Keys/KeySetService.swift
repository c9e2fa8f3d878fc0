internal import Foundation
internal import Logging
internal import NIOCore
internal import Operations
internal import ServiceLifecycle
internal import Supervision
internal import Synchronization

/// Keeps the issuer's keys: fetches them from an address or file, and again when `KeyRefresh` says so. While the issuer
/// is away, the last good set stays.
///
/// `run()` is the only one that fetches. Verifications ask from any thread; those that meet an unknown key wait for the
/// fetch that they cause or that is under way, together, and no longer than it takes: five seconds.
package final class KeySetService: Service, ReadinessCheck, Sendable {
    private struct State {
        var keys: KeySet?
        /// Why the last fetch failed.
        var problem: String?
        var lastSuccess: ContinuousClock.Instant?
        var refresh = KeyRefresh()
        /// Wakes `run()`; `nil`: it is not running.
        var wake: AsyncStream<Void>.Continuation?
        /// Asked for or under way.
        var isFetching = false
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastTicket: UInt64 = 0
    }

    /// Verifications that wait for a fetch.
    static let mostWaiting = 1_024

    private let source: IdentityConfiguration.KeySource
    private let allowed: Set<TokenAlgorithm>
    private let eventLoopGroup: any EventLoopGroup
    private let metrics: IdentityMetrics
    private let logger: Logger
    private let state = Mutex(State())

    init(
        configuration: IdentityConfiguration, eventLoopGroup: any EventLoopGroup, metrics: IdentityMetrics,
        logger: Logger
    ) {
        self.source = configuration.source
        self.allowed = configuration.algorithms
        self.eventLoopGroup = eventLoopGroup
        self.metrics = metrics
        self.logger = logger
    }

    /// When keys were last fetched and good; `nil`: never.
    package var lastSuccess: ContinuousClock.Instant? { state.withLock { $0.lastSuccess } }

    /// Without keys nobody can sign in.
    package var unreadyReason: String? {
        state.withLock { state in
            guard state.keys == nil else { return nil }
            return "no keys to verify tokens with: \(state.problem ?? "they have not been fetched yet")"
        }
    }

    package var degradedReason: String? {
        state.withLock { state in
            guard state.keys != nil, let problem = state.problem, let lastSuccess = state.lastSuccess else {
                return nil
            }
            return "the keys that verify tokens are \((.now - lastSuccess).plain) old: \(problem)"
        }
    }

    // MARK: - Verifications

    /// How many wait for a fetch.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// May wait for a fetch.
    func key(for header: TokenHeader) async throws(TokenError) -> VerificationKey {
        if let keys = state.withLock({ $0.keys }) {
            do throws(TokenError) {
                return try keys.key(for: header)
            } catch {
                guard error.code == .unknownKey else { throw error }
            }
        }
        let isFetched = try await waitForFetch()
        let (keys, problem) = state.withLock { ($0.keys, $0.problem) }
        guard let keys else { throw TokenError(.noKeys, "the keys of the issuer are not known yet") }
        do throws(TokenError) {
            return try keys.key(for: header)
        } catch {
            // The issuer may have a new key that we cannot get, or not yet: anybody can use up the fetch of a minute.
            guard error.code == .unknownKey, problem != nil || !isFetched else { throw error }
            throw TokenError(.noKeys, "the token's key is not known, and the key set cannot be refreshed")
        }
    }

    private enum Admission {
        /// No fetch is due.
        case pass
        case full
        case wait(ticket: UInt64)
    }

    /// Returns when the fetch is over, however it went, or at once if none is due.
    /// - Returns: whether there was one.
    private func waitForFetch() async throws(TokenError) -> Bool {
        let admission = state.withLock { state -> Admission in
            guard let wake = state.wake else { return .pass }
            guard state.waiting.count < Self.mostWaiting else { return .full }
            if !state.isFetching {
                guard state.refresh.request(now: .now) else { return .pass }
                state.isFetching = true
                wake.yield()
            }
            state.lastTicket += 1
            return .wait(ticket: state.lastTicket)
        }
        switch admission {
        case .pass: return false
        case .full: throw TokenError(.busy, "\(Self.mostWaiting) verifications already wait for keys")
        case .wait(let ticket):
            await wait(ticket)
            return true
        }
    }

    private func wait(_ ticket: UInt64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Looked at under the lock: a cancellation from now on finds the continuation.
                    guard state.isFetching, !Task.isCancelled else { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }

    // MARK: - Fetching

    package func run() async throws {
        let fetcher: KeySetFetcher
        switch source {
        case .address(let address): fetcher = KeySetFetcher(address: address, on: eventLoopGroup)
        case .file(let path): fetcher = KeySetFetcher(file: path)
        case .secret: preconditionFailure("a secret is not fetched")
        }
        await cancelWhenGracefulShutdown { await self.keepFetching(with: fetcher) }
        await fetcher.shutdown()
    }

    private func keepFetching(with fetcher: KeySetFetcher) async {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.wake = wake }
        var outage = OutageReport()
        while !Task.isCancelled {
            state.withLock { $0.isFetching = true }
            let pause: Duration
            do throws(IdentityError) {
                let keys = try await KeySet(json: try await fetcher.fetch(), allowed: allowed)
                pause = accept(keys)
                if let summary = outage.ended(now: .now) {
                    logger.notice(
                        "fetching the key set of the issuer works again",
                        metadata: [LogKey.lasted: "\(summary.lasted.plain)"])
                }
            } catch {
                guard !Task.isCancelled else { break }
                pause = note(error)
                report(error, outage.failed(now: .now))
            }
            try? await withCompanion {
                if (try? await Task.sleep(for: pause)) != nil { wake.yield() }
            } body: {
                for await _ in wakes { break }
            }
        }
        endFetch { $0.wake = nil }
    }

    private func accept(_ keys: KeySet) -> Duration {
        let (pause, before) = endFetch { state in
            let before = state.keys
            state.keys = keys
            state.problem = nil
            state.lastSuccess = .now
            return (state.refresh.succeeded(), before)
        }
        metrics.fetched(keys: keys.count)
        if before?.count != keys.count || before?.skipped != keys.skipped {
            logger.info(
                "keys of the token issuer changed",
                metadata: [LogKey.keys: "\(keys.count) usable, \(keys.skipped) skipped"])
        }
        return pause
    }

    private func note(_ error: IdentityError) -> Duration {
        metrics.fetchFailed()
        return endFetch { state in
            state.problem = error.message
            return state.refresh.failed()
        }
    }

    /// Lets everyone go on who waits for the fetch.
    private func endFetch<Value>(_ change: (inout State) -> Value) -> Value {
        let (value, waiting) = state.withLock { state in
            defer { state.waiting = [:] }
            state.isFetching = false
            return (change(&state), Array(state.waiting.values))
        }
        for continuation in waiting { continuation.resume() }
        return value
    }

    private func report(_ error: IdentityError, _ notice: OutageReport.Notice) {
        var metadata: Logger.Metadata = [LogKey.error: "\(error)"]
        switch notice {
        case .begins:
            logger.warning("cannot fetch the key set of the issuer, retrying", metadata: metadata)
        case .continues(let attempts, let span):
            metadata[LogKey.attempts] = "\(attempts)"
            metadata[LogKey.within] = "\(span.plain)"
            logger.warning("still cannot fetch the key set of the issuer", metadata: metadata)
        case .nothing:
            logger.debug("cannot fetch the key set of the issuer, retrying", metadata: metadata)
        }
    }
}
