import ChatModel
import Logging
import NIOCore
import Operations
import RedisClient
import Synchronization

/// Holds receipts back until enough replicas have the messages: one `WAIT` for everything an event loop published to a
/// shard in one tick, or while its last `WAIT` was unanswered.
///
/// `WAIT` blocks the connection, on purpose: later publishes could not be confirmed earlier anyway. Once one has failed,
/// a single batch at a time goes on, as a probe, and all others are refused at once: otherwise `WAIT`s would queue, and
/// hold up everything else on the connection.
final class ReplicaConfirmation: Sendable {
    typealias Completion = @Sendable ([Result<PublishReceipt, RelayError>]) -> Void

    /// In milliseconds. More than the second within which a replica that has just connected confirms for the first time;
    /// below the deadline of the commands queued behind it.
    private static let timeout = 1_500

    /// The publishes of one tick, until they and their `WAIT` have been answered.
    private final class Batch: Sendable {
        private struct State {
            var unanswered = 0
            var answers: [(completion: Completion, results: [Result<PublishReceipt, RelayError>])] = []
            /// The result of `WAIT`; `nil` while it is pending.
            var confirmation: Result<Void, RelayError>?
        }

        /// The connection of its publishes. On another one, `WAIT` would confirm what that one has written: nothing.
        let connection: Int
        /// Sent while replicas do not confirm, to learn when they do again.
        let isProbe: Bool
        private let state = Mutex(State())

        init(connection: Int, isProbe: Bool) {
            self.connection = connection
            self.isProbe = isProbe
        }

        func opened() {
            state.withLock { $0.unanswered += 1 }
        }

        func answered(_ results: [Result<PublishReceipt, RelayError>], _ completion: @escaping Completion) {
            finish { state in
                state.unanswered -= 1
                state.answers.append((completion, results))
            }
        }

        func confirmed(_ confirmation: Result<Void, RelayError>) {
            finish { $0.confirmation = confirmation }
        }

        /// Redis replies in order, but a `WAIT` that could not be sent fails before its publishes are answered.
        private func finish(_ change: (inout State) -> Void) {
            let finished = state.withLock { state -> State? in
                change(&state)
                guard state.unanswered == 0, state.confirmation != nil else { return nil }
                defer { state.answers = [] }
                return state
            }
            guard let finished, let confirmation = finished.confirmation else { return }
            for (completion, results) in finished.answers {
                completion(results.map { $0.flatMap { receipt in confirmation.map { receipt } } })
            }
        }
    }

    /// Which event loop publishes over which connection.
    private struct Publisher: Hashable {
        let eventLoop: ObjectIdentifier
        let link: ObjectIdentifier
    }

    private struct State {
        /// The batch that each is filling.
        var filling: [Publisher: Batch] = [:]
        /// Whose `WAIT` is unanswered.
        var waiting: Set<Publisher> = []
        /// By connection: too few replicas have confirmed.
        var failing: [ObjectIdentifier: Failure] = [:]
        /// Connections of which the log says that messages wait.
        var told: Set<ObjectIdentifier> = []
    }

    private struct Failure {
        var at = NIODeadline.now()
        /// Whether a probe is on its way.
        var isProbed = false
    }

    /// Without new messages it is not known whether replicas would confirm again.
    private static let reported = TimeAmount.seconds(10)

    private let replicas: Int
    private let logger: Logger
    private let state = Mutex(State())

    init(replicas: Int, logger: Logger) {
        self.replicas = replicas
        self.logger = logger
    }

    /// Whether messages over this connection wait for replicas, as far as the last seconds tell.
    func isFailing(_ link: RedisLink) -> Bool {
        state.withLock { $0.failing[ObjectIdentifier(link)].map { .now() - $0.at < Self.reported } ?? false }
    }

    /// Call right before a publish is sent, on its event loop.
    /// - Returns: to be called with its reply; calls `completion` once the replicas have replied too. `nil`: they do not
    ///   reply at the moment, do not publish.
    func confirm(by link: RedisLink, on eventLoop: any EventLoop, _ completion: @escaping Completion) -> Completion? {
        let id = ObjectIdentifier(link)
        let publisher = Publisher(eventLoop: ObjectIdentifier(eventLoop), link: id)
        let (batch, isNew) = state.withLock { state -> (Batch?, Bool) in
            let failure = state.failing[id]
            if let batch = state.filling[publisher], failure == nil || batch.isProbe { return (batch, false) }
            if let failure, failure.isProbed || state.filling[publisher] != nil { return (nil, false) }
            state.failing[id]?.isProbed = true
            let batch = Batch(connection: link.connectionNumber, isProbe: failure != nil)
            state.filling[publisher] = batch
            return (batch, true)
        }
        guard let batch else { return nil }
        if isNew { eventLoop.execute { self.close(publisher, link, on: eventLoop) } }
        batch.opened()
        return { batch.answered($0, completion) }
    }

    /// What is answered instead of publishing.
    var refusal: RelayError { RelayError(.unavailable, "fewer than \(replicas) replicas confirm messages") }

    /// Sends the `WAIT` of the batch that is being filled, unless one is unanswered.
    private func close(_ publisher: Publisher, _ link: RedisLink, on eventLoop: any EventLoop) {
        let batch = state.withLock { state -> Batch? in
            guard let batch = state.filling[publisher], state.waiting.insert(publisher).inserted else { return nil }
            state.filling[publisher] = nil
            return batch
        }
        guard let batch else { return }
        let command = RedisCommand(.publish, "WAIT", replicas, Self.timeout)
        link.send(command, on: eventLoop, only: batch.connection) { [self] reply in
            let failure = Self.failure(reply, replicas: replicas)
            let news: Bool? = state.withLock { state in
                state.waiting.remove(publisher)
                let isLate =
                    switch reply {
                    case .success: failure != nil
                    // A lost connection says nothing of the replicas.
                    case .failure(let error): error.code == .timedOut
                    }
                state.failing[publisher.link] = isLate ? Failure() : nil
                if isLate { return state.told.insert(publisher.link).inserted ? true : nil }
                return failure == nil && state.told.remove(publisher.link) != nil ? false : nil
            }
            if let news { tell(isWaiting: news, failure) }
            batch.confirmed(failure.map { .failure($0) } ?? .success(()))
            close(publisher, link, on: eventLoop)
        }
    }

    private func tell(isWaiting: Bool, _ failure: RelayError?) {
        if isWaiting {
            logger.warning(
                "messages wait for replicas (REDIS_WAIT_REPLICAS)",
                metadata: [LogKey.reason: "\(failure?.message ?? "")"])
        } else {
            logger.notice("replicas confirm messages again")
        }
    }

    private static func failure(_ reply: Result<RedisReply, RedisError>, replicas: Int) -> RelayError? {
        do throws(RedisError) {
            let confirmed = try reply.get().integer()
            guard confirmed < replicas else { return nil }
            return RelayError(.unavailable, "only \(confirmed) of \(replicas) replicas have the message")
        } catch {
            return RelayError(error)
        }
    }
}
