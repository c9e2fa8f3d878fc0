package import ChatModel
import NIOCore

/// Frames about the user's other devices (`docs/protocol.md`, section 14).
extension ClientFrame {
    package enum DeviceRequest: Hashable, Sendable {
        /// The user has read everything up to there.
        case read(ReadPosition)
        /// How far the user has read each room.
        case reads
        /// For a link by which the user goes on elsewhere.
        case link(key: String)
        /// Whose link it is.
        case look(token: String, key: String)
        /// To go on here as the user of the link.
        case take(token: String, key: String)
    }

    static func deviceRequest(_ fields: ClientFields) throws(FrameError) -> DeviceRequest {
        switch try fields.required("type", fields.type) {
        case "read": return .read(try readPosition(fields))
        case "reads": return .reads
        default:
            let key = try fields.messageKey
            guard fields.token != .absent else { return .link(key: key) }
            let token = try token(fields)
            return fields.take == .boolean(true) ? .take(token: token, key: key) : .look(token: token, key: key)
        }
    }

    private static func readPosition(_ fields: ClientFields) throws(FrameError) -> ReadPosition {
        guard let epoch = Epoch(try fields.required("epoch", fields.epoch)), epoch != .none else {
            throw fields.error(.badRequest, "epoch must be that of the room's log")
        }
        return ReadPosition(
            room: try fields.roomName, position: RoomPosition(epoch: epoch, id: try fields.messageID))
    }
}

extension ClientFrame.DeviceRequest {
    /// Appends `type` and members; leaves the object open.
    func encode(into buffer: inout ByteBuffer) {
        switch self {
        case .read(let read): buffer.open(read)
        case .reads: buffer.open("reads")
        case .link(let key):
            buffer.open("link")
            buffer.member("key", key)
        case .look(let token, let key):
            buffer.open("link")
            buffer.member("token", token)
            buffer.member("key", key)
        case .take(let token, let key):
            buffer.open("link")
            buffer.member("token", token)
            buffer.member("take", true)
            buffer.member("key", key)
        }
    }
}
