import ChatModel
import DequeModule
import NIOCore
import Synchronization

/// When a batch was written to the room's members. The room creates it, and each event loop with members adds to it:
/// two atomic operations per loop, no lock.
final class BatchTimes: Sendable {
    fileprivate let messages: ClosedRange<MessageID>
    fileprivate let heard: NIODeadline
    private let writtenAt: Atomic<UInt64>
    private let socketCount = Atomic(0)

    fileprivate init(_ messages: ClosedRange<MessageID>, heard: NIODeadline) {
        self.messages = messages
        self.heard = heard
        writtenAt = Atomic(heard.uptimeNanoseconds)
    }

    /// One loop has written the batch to its members.
    func written(to sockets: Int, at now: NIODeadline) {
        writtenAt.max(now.uptimeNanoseconds, ordering: .relaxed)
        socketCount.add(sockets, ordering: .relaxed)
    }

    /// When the last loop so far had written it.
    fileprivate var written: NIODeadline { .uptimeNanoseconds(writtenAt.load(ordering: .relaxed)) }
    fileprivate var sockets: Int { socketCount.load(ordering: .relaxed) }
}

/// When the latest messages of a room passed through this node: the data for message journeys.
///
/// Owned by `RoomJourneys`. Nothing is recorded per recipient.
// Confined to the room's event loop.
final class RoomTimes: @unchecked Sendable {
    /// How many batches, and how many messages from this node, are remembered. A batch has at least one message.
    static let kept = 64

    private struct Start {
        let message: MessageID
        let received: NIODeadline
        let published: NIODeadline
        let confirmed: NIODeadline
    }

    private var batches: Deque<BatchTimes> = []
    private var starts: Deque<Start> = []

    /// A batch goes to the members' loops.
    /// - Parameter heard: when the first of its messages was heard.
    func batch(_ messages: ClosedRange<MessageID>, heard: NIODeadline) -> BatchTimes {
        if batches.count == Self.kept { batches.removeFirst() }
        let batch = BatchTimes(messages, heard: heard)
        batches.append(batch)
        return batch
    }

    /// The log took a message of this node.
    func confirmed(_ message: MessageID, received: NIODeadline, published: NIODeadline, at now: NIODeadline) {
        if starts.count == Self.kept { starts.removeFirst() }
        starts.append(Start(message: message, received: received, published: published, confirmed: now))
    }

    /// What is known of a message; `nil`: it is forgotten, or was never here.
    func stop(of message: MessageID, logTime: LogTime?, now: NIODeadline) -> JourneyStop? {
        guard let batch = batches.last(where: { $0.messages.contains(message) }) else { return nil }
        let start = starts.last { $0.message == message }
        return JourneyStop(
            heardAt: logTime?.before((now - batch.heard).microseconds),
            fanOut: (batch.written - batch.heard).microseconds, sockets: batch.sockets,
            start: start.map { start in
                JourneyStart(
                    waited: max(0, (start.published - start.received).microseconds),
                    confirmed: max(0, (start.confirmed - start.published).microseconds),
                    returned: max(0, (batch.heard - start.published).microseconds))
            })
    }
}

extension TimeAmount {
    fileprivate var microseconds: Int64 { nanoseconds / 1_000 }
}
