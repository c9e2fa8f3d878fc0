import ChatModel
import ChatProtocol
import NIOCore
import Synchronization

/// A socket that keeps what is written to it.
// Confined to its event loop but for what the mutex guards.
final class RecordingOutlet: ConnectionOutlet, @unchecked Sendable {
    let eventLoop: any EventLoop
    private let written = Mutex<[ServerFrame]>([])
    private let plain = Mutex<[String]>([])
    private let reason = Mutex<CloseReason?>(nil)
    private let rooms = Mutex<[RoomName]>([])
    private let names = Mutex<[String]>([])
    private var turns: [() -> Void] = []
    private var isTaken = false
    private var isTaking = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    var frames: [ServerFrame] { written.withLock { $0 } }
    var closed: CloseReason? { reason.withLock { $0 } }
    /// The rooms that it was turned away from.
    var turnedAwayFrom: [RoomName] { rooms.withLock { $0 } }

    /// The names that other sockets of the user gave it.
    var adopted: [String] { names.withLock { $0 } }

    /// What a plain client was told.
    var texts: [String] { plain.withLock { $0 } }

    /// Every message in the order of its arrival, whatever frame it came in.
    var messages: [ChatMessage] {
        frames.flatMap { frame -> [ChatMessage] in
            switch frame {
            case .chat(_, _, let message): [message]
            case .joined(let joined): joined.messages
            case .resume(_, _, let messages, _): messages
            case .reset(let reset): reset.messages
            default: []
            }
        }
    }

    func write(_ frames: ByteBuffer) {
        eventLoop.preconditionInEventLoop()
        var frames = frames
        while let payload = frames.readFrame() {
            if let frame = try? ServerFrame(parsing: payload) {
                written.withLock { $0.append(frame) }
            } else if let frame = try? PlainFrame(parsing: payload) {
                plain.withLock { $0.append(frame.text) }
            }
        }
    }

    func awaitTurn(_ page: @escaping () -> Void) {
        eventLoop.preconditionInEventLoop()
        turns.append(page)
        takeTurns()
    }

    func endTurn() {
        eventLoop.preconditionInEventLoop()
        isTaken = false
        takeTurns()
    }

    /// A page that is written at once takes its turn back at once: a loop, so that a long absence needs no deep stack.
    private func takeTurns() {
        guard !isTaking else { return }
        isTaking = true
        while !isTaken, !turns.isEmpty {
            isTaken = true
            turns.removeFirst()()
        }
        isTaking = false
    }

    func turnedAway(from room: RoomName) { rooms.withLock { $0.append(room) } }

    func mayInvite(_ invitation: RoomInvitation) {}

    func mayUpload(_ upload: FileUpload, by user: UserID) {}

    func renamed(to name: String) { names.withLock { $0.append(name) } }

    func close(_ reason: CloseReason) {
        self.reason.withLock { $0 = $0 ?? reason }
    }
}

extension ByteBuffer {
    /// The payload of the next unmasked WebSocket frame.
    fileprivate mutating func readFrame() -> ByteBuffer? {
        guard readInteger(as: UInt8.self) != nil, let short = readInteger(as: UInt8.self) else { return nil }
        switch short {
        case 126: return readInteger(as: UInt16.self).flatMap { readSlice(length: Int($0)) }
        case 127: return readInteger(as: UInt64.self).flatMap { readSlice(length: Int($0)) }
        default: return readSlice(length: Int(short))
        }
    }
}
