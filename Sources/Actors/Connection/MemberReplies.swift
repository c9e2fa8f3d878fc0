import ChatModel
import ChatProtocol
import NIOCore

/// Writes to one member only: acknowledgements, errors, answers. Outlives the member's actor, and writes nothing once
/// the user has left the room.
///
/// Owned by the `ConnectionContext`; belongs to the socket's event loop.
// Confined to the outlet's event loop.
final class MemberReplies: @unchecked Sendable {
    private let room: RoomName
    private let mode: JoinRequest.Mode
    private let outlet: any ConnectionOutlet
    private(set) var isOpen = true

    init(room: RoomName, mode: JoinRequest.Mode, outlet: any ConnectionOutlet) {
        self.room = room
        self.mode = mode
        self.outlet = outlet
    }

    func close() { isOpen = false }

    /// Not for plain clients, which know only messages.
    func tell(_ frame: ServerFrame) {
        if isOpen, mode == .v1 { outlet.write(frame) }
    }

    /// Frames shared by several members.
    func write(_ frames: ByteBuffer) {
        if isOpen { outlet.write(frames) }
    }

    /// The log took a message of this user, or the outcome is an error.
    func published(_ draft: MessageDraft, _ result: Result<PublishReceipt, RelayError>) {
        if draft.key.isEmpty { return }
        switch result {
        case .success(let receipt): tell(.ack(room: room, key: draft.key, id: receipt.position.id))
        case .failure(let error):
            reject(
                key: draft.key, error.message, as: error.code.errorCode, soon: error.code == .moving,
                after: error.retryAfterMs)
        }
    }

    /// - Parameters:
    ///   - key: of the rejected frame; `nil`: it had none.
    ///   - soon: whether trying again will help in a moment.
    ///   - wait: after how many milliseconds it will help; `nil`: unknown.
    func reject(
        key: String?, _ message: String, as code: ErrorCode = .unavailable, soon: Bool = false, after wait: Int? = nil,
        until: Int64? = nil
    ) {
        // Spread the retries.
        let pause: Int? = code == .unavailable ? .random(in: soon ? 100...300 : 500...1_500) : wait
        tell(.error(FrameError(code, message, room: room.description, key: key, retryAfterMs: pause, until: until)))
    }
}
