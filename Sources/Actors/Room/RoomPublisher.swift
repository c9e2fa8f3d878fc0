import ChatModel
import DequeModule
import NIOCore
import Synchronization

/// Publishes what the members of a room say, in the order in which they submit it, and tells each what became of it.
///
/// Drafts of one tick go to the relay in one call, and so do those that wait while calls are unanswered: the slower Redis
/// answers, the larger the calls, and a large one costs it little more than a small one.
///
/// Owned by the `Room`, and handed on to its successor: what was accepted is published, in order, even if the room fails.
// Confined to the room's event loop.
final class RoomPublisher: @unchecked Sendable {
    typealias Results = [Result<PublishReceipt, RelayError>]

    /// A larger call is split: Redis does nothing else while it appends one.
    static let draftsPerCall = 64
    /// More would only queue in front of Redis. Several, so that a distant Redis delays a message by one way only.
    static let callsAtOnce = 4
    /// More drafts are refused.
    static let mostWaiting = 1_024
    /// Of all rooms of an event loop.
    static let mostBytesWaiting = 16 * 1_024 * 1_024

    private struct Submitted: Sendable {
        let draft: MessageDraft
        let ref: ConnectionRef
        let received: NIODeadline
        /// Where a new room was counted, in case it is none.
        var newRooms: (any RoomAllowance)?

        var bytes: Int { 256 + draft.text.utf8.count }
    }

    private let room: RoomName
    private let eventLoop: any EventLoop
    private let services: RoomServices
    private let status: ShardStatus
    /// Where the times of new messages are noted.
    var times: RoomTimes

    private var waiting: Deque<Submitted> = []
    private var isScheduled = false
    /// A draft for which the room was counted as a new one has no answer yet: no other needs to be.
    private(set) var isOpening = false
    /// Without an answer yet.
    private var calls = 0
    /// One for each event loop with senders.
    private var mailboxes: [Mailbox] = []

    init(room: RoomName, on eventLoop: any EventLoop, services: RoomServices, status: ShardStatus, times: RoomTimes) {
        self.room = room
        self.eventLoop = eventLoop
        self.services = services
        self.status = status
        self.times = times
    }

    /// - Parameters:
    ///   - received: when they came from the user.
    ///   - newRooms: where a new room was counted for these drafts; `nil`: nowhere.
    func submit(
        _ drafts: [MessageDraft], from ref: ConnectionRef, received: NIODeadline,
        countingNew newRooms: (any RoomAllowance)? = nil
    ) {
        var submitted = drafts.map { Submitted(draft: $0, ref: ref, received: received) }
        // In an empty room there is nothing to act on: the first message begins it.
        if let newRooms, let first = submitted.firstIndex(where: { $0.draft.act == nil }) {
            submitted[first].newRooms = newRooms
            isOpening = true
        }
        let bytes = submitted.reduce(0) { $0 + $1.bytes }
        guard waiting.count + submitted.count <= Self.mostWaiting,
            status.waitingBytes.load(ordering: .relaxed) + bytes <= Self.mostBytesWaiting
        else { return refuse(submitted, RelayError(.overloaded, "too many messages are waiting, please resend")) }
        status.waitingBytes.add(bytes, ordering: .relaxed)
        waiting += submitted
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.execute {
            self.isScheduled = false
            self.publish()
        }
    }

    private func publish() {
        while calls < Self.callsAtOnce, !waiting.isEmpty {
            let call = takeWaiting(Self.draftsPerCall)
            calls += 1
            let published = NIODeadline.now()
            services.backend.relay.publish(call.map(\.draft), to: room, on: eventLoop) { results in
                self.calls -= 1
                self.answer(call, with: results, published: published)
                // A call that failed as a whole timed out, or the connection is lost: what waits must not wait as long
                // again, nor overtake what failed.
                if let error = Self.failure(of: results) { self.refuse(self.takeWaiting(), error) }
                self.publish()
            }
        }
    }

    private func takeWaiting(_ most: Int = .max) -> [Submitted] {
        let taken = Array(waiting.prefix(most))
        waiting.removeFirst(taken.count)
        status.waitingBytes.subtract(taken.reduce(0) { $0 + $1.bytes }, ordering: .relaxed)
        return taken
    }

    private static func failure(of results: Results) -> RelayError? {
        for result in results {
            guard case .failure(let error) = result, [.unavailable, .moving].contains(error.code) else { return nil }
        }
        if case .failure(let error)? = results.last { return error }
        return nil
    }

    /// Answers drafts that are not to be published.
    func refuse(_ drafts: [MessageDraft], from ref: ConnectionRef, received: NIODeadline, _ error: RelayError) {
        refuse(drafts.map { Submitted(draft: $0, ref: ref, received: received) }, error)
    }

    private func refuse(_ submitted: [Submitted], _ error: RelayError) {
        if !submitted.isEmpty { answer(submitted, with: submitted.map { _ in .failure(error) }, published: .now()) }
    }

    /// Counts the results, and answers the senders in one hop per event loop.
    private func answer(_ call: [Submitted], with results: Results, published: NIODeadline) {
        let now = NIODeadline.now()
        var mailboxes: [Mailbox] = []
        for (submitted, result) in zip(call, results) {
            // Others may have been first: that is no failure.
            if submitted.draft.isClaim, case .failure = result { continue }
            services.metrics.published(result, within: now - submitted.received)
            if let newRooms = submitted.newRooms {
                isOpening = false
                if !result.hasBegunRoom { newRooms.giveBack() }
            }
            if case .success(let receipt) = result, !receipt.duplicate {
                status.messages.add(1, ordering: .relaxed)
                times.confirmed(receipt.position.id, received: submitted.received, published: published, at: now)
            }
            guard submitted.ref.context.mode == .v1 else { continue }
            let mailbox = mailbox(of: submitted.ref)
            if !mailboxes.contains(where: { $0 === mailbox }) { mailboxes.append(mailbox) }
        }
        for mailbox in mailboxes {
            mailbox.postAlways {
                for (submitted, result) in zip(call, results)
                where submitted.ref.context.outlet.eventLoop === mailbox.eventLoop {
                    submitted.ref.context.replies.published(submitted.draft, result)
                }
            }
        }
    }

    private func mailbox(of ref: ConnectionRef) -> Mailbox {
        let eventLoop = ref.context.outlet.eventLoop
        if let mailbox = mailboxes.first(where: { $0.eventLoop === eventLoop }) { return mailbox }
        // Never full: an answer must not be lost, and there are no more of them than drafts.
        let mailbox = Mailbox(eventLoop: eventLoop, limit: .max, gauge: services.metrics.connectionMailbox)
        mailboxes.append(mailbox)
        return mailbox
    }
}

extension Result<PublishReceipt, RelayError> {
    /// Whether the draft is the first of its log.
    fileprivate var hasBegunRoom: Bool {
        guard case .success(let receipt) = self else { return false }
        return receipt.position.id.seq == 1 && !receipt.duplicate
    }
}
