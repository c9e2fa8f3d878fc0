package import ChatModel
package import Logging
package import NIOCore
import Operations
import ServiceLifecycle
import Supervision
import Synchronization

/// Tells users of mentions and direct messages while their page is closed, by Web Push (`docs/protocol.md`, section 16):
/// a reader of the rooms' logs with a cursor, apart from the path of messages.
///
/// One node sends for the whole cluster: the one whose turn it is. It looks every `PushPace.glance`, in the rooms that
/// had messages and have subscribers. A message may be pushed twice if the turn goes to another node.
package final class PushService: Service {
    private let configuration: PushConfiguration
    private let backend: RoomBackend
    private let pace: PushPace
    private let group: any EventLoopGroup
    private let metrics: PushMetrics
    private let logger: Logger
    private static let mostAdded = 10_000

    private let outage = Mutex(OutageReport())
    /// Of push services.
    private let refusals = Mutex(OutageReport())
    private let added = Mutex<Set<UserID>>([])

    package init(
        configuration: PushConfiguration, backend: RoomBackend, pace: PushPace = PushPace(),
        on group: any EventLoopGroup, metrics: PushMetrics, logger: Logger
    ) {
        self.configuration = configuration
        self.backend = backend
        self.pace = pace
        self.group = group
        self.metrics = metrics
        self.logger = logger
    }

    /// The user has got a role in a private room. Safe from any thread.
    package func added(_ user: UserID) {
        added.withLock { users in
            // All users are read again from time to time.
            if users.count < Self.mostAdded { users.insert(user) }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            let sender = PushSender(configuration, on: group)
            var round: PushRound?
            while !Task.isCancelled {
                do throws(RelayError) {
                    // A node that starts is not connected yet, and one that lost Redis says so elsewhere.
                    if backend.status().connected {
                        round = try await takeTurn(round)
                        if let round { try await pass(round, sending: sender) }
                    }
                } catch {
                    failed(error)
                }
                try? await Task.sleep(for: pace.glance)
            }
            await sender.shutdown()
        }
    }

    /// - Returns: `nil`: it is another node's turn.
    private func takeTurn(_ round: PushRound?) async throws(RelayError) -> PushRound? {
        guard
            let turn = try await backend.pushes.takeTurn(
                upTo: round?.looked, changedSince: round?.changesSince ?? 0)
        else {
            metrics.show(isSending: false, subscribers: 0, waiting: 0)
            return nil
        }
        let round = round ?? PushRound(backend: backend, pace: pace, on: group.next(), metrics: metrics)
        round.begin(turn)
        return round
    }

    private func pass(_ round: PushRound, sending sender: PushSender) async throws(RelayError) {
        let added = added.withLock { users in
            defer { users = [] }
            return users
        }
        // What is due does not wait for a log that is away.
        let reading: Result<Void, RelayError>
        do throws(RelayError) {
            reading = .success(try await round.read(added: added, until: .now + pace.passTime))
        } catch {
            reading = .failure(error)
        }
        await send(round, at: round.now, by: sender)
        metrics.show(isSending: true, subscribers: round.subscriberCount, waiting: round.schedule.count)
        try reading.get()
        metrics.passed()
        if outage.withLock({ $0.ended(now: .now) }) != nil { logger.notice("push messages wait no more") }
    }

    private func send(_ round: PushRound, at now: Int64, by sender: PushSender) async {
        let end = ContinuousClock.now + pace.passTime
        while !Task.isCancelled, .now < end {
            let jobs = round.schedule.due(at: now, atMost: pace.atOnce)
            if jobs.isEmpty { return }
            var sent: [(PushSchedule.Job, PushDevice, EventLoopFuture<PushSender.Answer>)] = []
            for job in jobs {
                let devices = round.devices(for: job)
                let payload: [UInt8]?
                do throws(RelayError) {
                    payload =
                        devices.isEmpty ? nil : try await round.payload(for: job, content: configuration.content)
                } catch {
                    failed(error)
                    metrics.count(round.schedule.postpone(job, at: now) ? .delayed : .dropped)
                    continue
                }
                guard let payload else {
                    metrics.count(.unneeded)
                    round.schedule.skipped(job)
                    continue
                }
                for device in devices {
                    let topic = PushPayload.topic(of: job.key.room, for: device.secret)
                    let isUrgent = job.isAddressed || job.key.room.kind == .direct
                    sent.append(
                        (job, device, sender.send(payload, to: device, topic: topic, isUrgent: isUrgent, at: now)))
                }
            }
            for (job, device, answer) in sent {
                let answer = (try? await answer.get()) ?? .later("cancelled", retryAfter: nil)
                await answered(answer, to: job, for: device, in: round, at: now)
            }
        }
    }

    private func answered(
        _ answer: PushSender.Answer, to job: PushSchedule.Job, for device: PushDevice, in round: PushRound,
        at now: Int64
    ) async {
        switch answer {
        case .taken:
            metrics.count(.sent)
            _ = refusals.withLock { $0.ended(now: .now) }
        case .gone:
            metrics.count(.gone)
            await round.remove(device, of: job.key.user)
        case .refused(let why):
            metrics.count(.refused)
            warn("a push service refuses messages", why, device)
        case .later(let why, let retryAfter):
            let isKept = round.schedule.failed(job, at: device.endpoint, retryAfter: retryAfter, at: now)
            metrics.count(isKept ? .delayed : .dropped)
            warn("a push service takes no messages now: tried again later", why, device)
        }
    }

    /// Without the path of the endpoint, which is a secret of the browser.
    private func warn(_ what: Logger.Message, _ why: String, _ device: PushDevice) {
        guard refusals.withLock({ $0.failed(now: .now) }) != .nothing else { return }
        logger.warning(
            what,
            metadata: [LogKey.error: "\(why)", LogKey.endpoint: "\(PushHosts.origin(of: device.endpoint) ?? "")"])
    }

    private func failed(_ error: RelayError) {
        metrics.failed()
        guard outage.withLock({ $0.failed(now: .now) }) != .nothing else { return }
        logger.warning("push messages wait: the log does not answer", metadata: [LogKey.error: "\(error.message)"])
    }
}

/// How fast messages are pushed.
package struct PushPace: Sendable {
    /// How often to look.
    package var glance = Duration.seconds(2)
    /// A user with an open page in the room may be about to read: in milliseconds.
    package var readingTime: Int64 = 20_000
    /// For reading, and for sending, after which a push message may take its 8 s: together less than a turn.
    package var passTime = Duration.seconds(3)
    /// Jobs sent together.
    package var atOnce = 32

    package init() {}
}
