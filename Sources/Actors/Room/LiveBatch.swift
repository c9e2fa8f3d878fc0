import ChatModel
import NIOCore

/// The messages a room fans out in this tick, as finished frames, encoded once per kind of member.
///
/// Owned by the `Room`. Pure.
struct LiveBatch {
    private var v1 = ByteBuffer()
    private var plain = ByteBuffer()
    private var epoch = Epoch.none
    private var first = MessageID.zero
    private var last = MessageID.zero
    private var heard = NIODeadline.uptimeNanoseconds(0)
    private(set) var isEmpty = true

    /// Whether a message of that epoch may join the batch.
    func admits(_ epoch: Epoch) -> Bool { isEmpty || self.epoch == epoch }

    /// - `v1`, `plain`: whether the room has members of that kind.
    mutating func append(
        _ message: ChatMessage, in room: RoomName, _ epoch: Epoch, v1 hasV1: Bool, plain hasPlain: Bool
    ) throws(InvariantBroken) {
        if isEmpty {
            isEmpty = false
            self.epoch = epoch
            first = message.id
            heard = .now()
        } else if message.id.seq <= last.seq {
            throw InvariantBroken(.order, expected: "a message after \(last)", found: "\(message.id)")
        }
        last = message.id
        if hasV1 { JoinRequest.Mode.v1.encode(message, in: room, epoch, into: &v1) }
        if hasPlain { JoinRequest.Mode.plain.encode(message, in: room, epoch, into: &plain) }
    }

    /// Empties the batch. The ids are for `RoomTimes`.
    mutating func take() -> (v1: Delivery, plain: Delivery, ids: ClosedRange<MessageID>, heard: NIODeadline) {
        defer { self = LiveBatch() }
        return (
            Delivery(epoch: epoch, first: first, last: last, frames: v1),
            Delivery(epoch: epoch, first: first, last: last, frames: plain), first...max(first, last), heard
        )
    }
}
