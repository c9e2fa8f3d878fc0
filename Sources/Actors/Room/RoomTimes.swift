import ChatModel
import DequeModule
import NIOCore
import Synchronization

/// When the latest messages of a room passed through this node: the source of journey reports.
///
/// Written by the room for each batch, by its members' loops after writing it, and by the relay's answer for each
/// message published here: an uncontended lock each, nothing per recipient, and no allocation beyond the kept entries.
/// Read on request.
final class RoomTimes: Sendable {
    /// How many batches, and messages published here, are kept. A batch has at least one message.
    static let kept = 64

    private struct Batch {
        let messages: ClosedRange<MessageID>
        let heard: NIODeadline
        var written: NIODeadline
        var sockets = 0
    }

    private struct Start {
        let message: MessageID
        let received: NIODeadline
        let published: NIODeadline
        let confirmed: NIODeadline
    }

    private struct State {
        var batches: Deque<Batch> = []
        /// How many batches were dropped: the number of the first one kept.
        var forgotten = 0
        var starts: Deque<Start> = []
    }

    private let state = Mutex(State())

    /// Records a batch that goes to the members' loops.
    /// - Parameter heard: when the first of its messages was received.
    /// - Returns: its number, for `written`.
    func batch(_ messages: ClosedRange<MessageID>, heard: NIODeadline) -> Int {
        state.withLock { state in
            state.batches.append(Batch(messages: messages, heard: heard, written: heard))
            if state.batches.count > Self.kept {
                state.batches.removeFirst()
                state.forgotten += 1
            }
            return state.forgotten + state.batches.count - 1
        }
    }

    /// A loop has written a batch to its members.
    func written(_ number: Int, to sockets: Int, at now: NIODeadline) {
        state.withLock { state in
            let index = number - state.forgotten
            guard state.batches.indices.contains(index) else { return }
            state.batches[index].written = max(state.batches[index].written, now)
            state.batches[index].sockets += sockets
        }
    }

    /// The log took a message of this node.
    func confirmed(_ message: MessageID, received: NIODeadline, published: NIODeadline, at now: NIODeadline) {
        let start = Start(message: message, received: received, published: published, confirmed: now)
        state.withLock { state in
            state.starts.append(start)
            if state.starts.count > Self.kept { state.starts.removeFirst() }
        }
    }

    /// The times of a message; `nil`: dropped, or never received.
    func stop(of message: MessageID, logTime: LogTime?, now: NIODeadline) -> JourneyStop? {
        let (batch, start) = state.withLock { state in
            (
                state.batches.last { $0.messages.contains(message) },
                state.starts.last { $0.message == message }
            )
        }
        guard let batch else { return nil }
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
