import ChatModel
import NIOCore
import NIOWebSocket

/// Assembles messages from WebSocket frames, and rejects what RFC 6455 forbids a client (sections 5.1, 5.4, 5.5, 7.4,
/// 8.1).
///
/// Pure. Owned by the handler behind NIO's `WebSocketFrameDecoder`, which has already rejected fragmented or too long
/// control frames, and lengths above its own limit.
struct FrameAssembler {
    struct Limits: Hashable, Sendable {
        /// Of a message, all fragments together.
        var messageBytes: Int
        var fragments = 1_024
        var acceptsBinary = false
    }

    enum Action: Equatable {
        /// A fragment, with more to come.
        case wait
        case text(ByteBuffer)
        case binary(ByteBuffer)
        /// Answer with a pong of this payload.
        case pong(ByteBuffer)
        /// A pong: nothing to do.
        case none
        /// The peer closes; `nil`: it gave no code.
        case closed(UInt16?)
        /// Close the connection.
        case fail(CloseReason)
    }

    private struct Unfinished {
        let isText: Bool
        var payload: ByteBuffer
        var fragments = 1
    }

    private let limits: Limits
    private var unfinished: Unfinished?
    private var utf8 = UTF8Validator()

    init(limits: Limits) {
        self.limits = limits
    }

    /// Whether a message is incomplete.
    var isUnfinished: Bool { unfinished != nil }

    mutating func receive(_ frame: WebSocketFrame) -> Action {
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return .fail(.protocolError) }
        switch frame.opcode {
        case .text: return begin(frame, isText: true)
        case .binary: return limits.acceptsBinary ? begin(frame, isText: false) : .fail(.unacceptableData)
        case .continuation: return proceed(frame)
        case .ping: return .pong(frame.payload)
        case .pong: return .none
        case .connectionClose: return close(frame.payload)
        default: return .fail(.protocolError)
        }
    }

    private mutating func begin(_ frame: WebSocketFrame, isText: Bool) -> Action {
        guard unfinished == nil else { return .fail(.protocolError) }
        guard frame.length <= limits.messageBytes else { return .fail(.tooBig) }
        let payload = frame.payload
        utf8 = UTF8Validator()
        if isText {
            guard validate(payload, isLast: frame.fin) else { return .fail(.invalidUTF8) }
        }
        guard frame.fin else {
            unfinished = Unfinished(isText: isText, payload: payload)
            return .wait
        }
        return isText ? .text(payload) : .binary(payload)
    }

    private mutating func proceed(_ frame: WebSocketFrame) -> Action {
        guard var message = unfinished else { return .fail(.protocolError) }
        // Taken out so that the payload has one owner and grows in place.
        unfinished = nil
        message.fragments += 1
        guard message.fragments <= limits.fragments,
            frame.length <= limits.messageBytes - message.payload.readableBytes
        else { return .fail(.tooBig) }
        let fragment = frame.payload
        if message.isText {
            guard validate(fragment, isLast: frame.fin) else { return .fail(.invalidUTF8) }
        }
        message.payload.writeImmutableBuffer(fragment)
        guard frame.fin else {
            unfinished = message
            return .wait
        }
        return message.isText ? .text(message.payload) : .binary(message.payload)
    }

    private mutating func validate(_ payload: ByteBuffer, isLast: Bool) -> Bool {
        payload.withUnsafeReadableBytes { utf8.validate($0) } && (!isLast || utf8.isComplete)
    }

    private func close(_ payload: ByteBuffer) -> Action {
        var payload = payload
        guard payload.readableBytes > 0 else { return .closed(nil) }
        guard let code = payload.readInteger(as: UInt16.self), Self.mayBeSent(code) else {
            return .fail(.protocolError)
        }
        var reason = UTF8Validator()
        guard payload.withUnsafeReadableBytes({ reason.validate($0) }), reason.isComplete else {
            return .fail(.invalidUTF8)
        }
        return .closed(code)
    }

    /// RFC 6455 section 7.4, and the codes registered with IANA since.
    private static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension WebSocketFrame {
    /// The payload without its mask, eight bytes at a time.
    fileprivate var payload: ByteBuffer {
        guard let maskKey else { return data }
        var mask = UInt64(0)
        for index in 0..<8 { mask |= UInt64(maskKey[index & 3]) << UInt64(8 * index) }
        mask = UInt64(littleEndian: mask)
        var payload = ByteBuffer()
        payload.writeWithUnsafeMutableBytes(minimumWritableBytes: data.readableBytes) { target in
            data.withUnsafeReadableBytes { source in
                let words = source.count & ~7
                for index in stride(from: 0, to: words, by: 8) {
                    let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ mask
                    target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                }
                for index in words..<source.count { target[index] = source[index] ^ maskKey[index & 3] }
                return source.count
            }
        }
        return payload
    }
}
