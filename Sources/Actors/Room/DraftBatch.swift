import ChatModel
import NIOCore
import Synchronization

/// The drafts that a room's members submitted in one tick: the relay publishes them in one call, which costs Redis much
/// less than one call each.
///
/// Owned by the `Room`.
struct DraftBatch: Sendable {
    /// A larger batch is split: Redis does nothing else while it appends one.
    static let limit = 64

    struct Sender: Sendable {
        let ref: ConnectionRef
        /// When the draft was received from the user.
        let received: NIODeadline
    }

    private(set) var drafts: [MessageDraft] = []
    /// One for each draft.
    private(set) var senders: [Sender] = []

    var isEmpty: Bool { drafts.isEmpty }
    var isFull: Bool { drafts.count == Self.limit }

    mutating func append(_ draft: MessageDraft, from ref: ConnectionRef, received: NIODeadline) {
        drafts.append(draft)
        senders.append(Sender(ref: ref, received: received))
    }

    mutating func take() -> DraftBatch {
        defer { self = DraftBatch() }
        return self
    }

    /// Counts the results, and notes the times of the messages that are new in the log.
    func record(
        _ results: [Result<PublishReceipt, RelayError>], published: NIODeadline, _ metrics: ActorsMetrics,
        _ status: ShardStatus, _ times: RoomTimes
    ) {
        let now = NIODeadline.now()
        for (sender, result) in zip(senders, results) {
            metrics.published(result, within: now - sender.received)
            guard case .success(let receipt) = result, !receipt.duplicate else { continue }
            status.messages.add(1, ordering: .relaxed)
            times.confirmed(receipt.position.id, received: sender.received, published: published, at: now)
        }
    }
}
