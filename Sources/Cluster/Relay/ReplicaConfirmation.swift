import ChatModel
import NIOCore
import RedisClient
import Synchronization

/// Holds receipts back until enough replicas have the messages: one `WAIT` for everything an event loop published to a
/// shard in one tick.
///
/// `WAIT` blocks the connection, on purpose: later publishes could not be confirmed earlier anyway.
final class ReplicaConfirmation: Sendable {
    typealias Completion = @Sendable ([Result<PublishReceipt, RelayError>]) -> Void

    /// In milliseconds; well below the deadline of the commands queued behind it.
    private static let timeout = 2000

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
        private let state = Mutex(State())

        init(connection: Int) { self.connection = connection }

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

    private let replicas: Int
    /// The batch that each is filling.
    private let filling = Mutex<[Publisher: Batch]>([:])

    init(replicas: Int) { self.replicas = replicas }

    /// Call right before a publish is sent, on its event loop.
    /// - Returns: to be called with its reply; calls `completion` once the replicas have replied too.
    func confirm(by link: RedisLink, on eventLoop: any EventLoop, _ completion: @escaping Completion) -> Completion {
        let publisher = Publisher(eventLoop: ObjectIdentifier(eventLoop), link: ObjectIdentifier(link))
        let batch = filling.withLock { filling in
            if let batch = filling[publisher] { return batch }
            let batch = Batch(connection: link.connectionNumber)
            filling[publisher] = batch
            eventLoop.execute { self.close(batch, of: publisher, link, on: eventLoop) }
            return batch
        }
        batch.opened()
        return { batch.answered($0, completion) }
    }

    private func close(_ batch: Batch, of publisher: Publisher, _ link: RedisLink, on eventLoop: any EventLoop) {
        filling.withLock { $0[publisher] = nil }
        let command = RedisCommand(.publish, "WAIT", replicas, Self.timeout)
        link.send(command, on: eventLoop, only: batch.connection) { [replicas] reply in
            batch.confirmed(Self.failure(reply, replicas: replicas).map { .failure($0) } ?? .success(()))
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
