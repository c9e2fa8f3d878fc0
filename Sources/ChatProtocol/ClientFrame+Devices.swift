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
        /// The device is to get push messages.
        case push(PushDevice, key: String)
        /// None any more.
        case endPush(endpoint: String, key: String)
    }

    static func deviceRequest(_ fields: ClientFields) throws(FrameError) -> DeviceRequest {
        switch try fields.required("type", fields.type) {
        case "read": return .read(try readPosition(fields))
        case "reads": return .reads
        case "push": return try push(fields)
        default:
            let key = try fields.messageKey
            guard fields.token != .absent else { return .link(key: key) }
            let token = try token(fields)
            return fields.take == .boolean(true) ? .take(token: token, key: key) : .look(token: token, key: key)
        }
    }

    private static func push(_ fields: ClientFields) throws(FrameError) -> DeviceRequest {
        func text(_ name: String, _ field: JSONField, atMost most: Int) throws(FrameError) -> String {
            let text = try fields.required(name, field)
            guard (1...most).contains(text.utf8.count) else {
                throw fields.error(.badRequest, "\(name) must have 1 to \(most) bytes")
            }
            return text
        }
        let key = try fields.messageKey
        let endpoint = try text("endpoint", fields.endpoint, atMost: PushDevice.longestEndpoint)
        if fields.on == .boolean(false) { return .endPush(endpoint: endpoint, key: key) }
        var levels: [RoomName: PushDevice.Level] = [:]
        for (name, field) in fields.levels {
            guard let room = RoomName(name), case .string(let word) = field,
                let level = PushDevice.Level(rawValue: word)
            else { throw fields.error(.badRequest, "rooms must be names, each with all, mentions or nothing") }
            levels[room] = level
        }
        return .push(
            PushDevice(
                endpoint: endpoint, publicKey: try text("p256dh", fields.browserKey, atMost: 100),
                secret: try text("auth", fields.auth, atMost: 40),
                serverKey: try text("serverKey", fields.serverKey, atMost: 100), levels: levels),
            key: key)
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
        case .push(let device, let key):
            buffer.open("push")
            buffer.member("endpoint", device.endpoint)
            buffer.member("p256dh", device.publicKey)
            buffer.member("auth", device.secret)
            buffer.member("serverKey", device.serverKey)
            buffer.name("rooms")
            buffer.writeJSON(literal: "{")
            for (index, (room, level)) in device.levels.sorted(by: { $0.key.description < $1.key.description })
                .enumerated()
            {
                if index > 0 { buffer.writeJSON(literal: ",") }
                buffer.writeJSON(room.description)
                buffer.writeJSON(literal: ":")
                buffer.writeJSON(level.rawValue)
            }
            buffer.writeJSON(literal: "}")
            buffer.member("key", key)
        case .endPush(let endpoint, let key):
            buffer.open("push")
            buffer.member("endpoint", endpoint)
            buffer.member("on", false)
            buffer.member("key", key)
        }
    }
}
