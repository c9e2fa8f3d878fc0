package import NIOCore

/// Wraps payloads in WebSocket frames from server to client (RFC 6455 section 5.2): never masked, never fragmented.
///
/// The payload is written in place, behind space for the usual header, and moved only if the header has another length.
/// A buffer may hold several frames.
package enum FrameEncoder {
    /// A header with a 16-bit length, which fits nearly all our frames.
    private static let usualHeader = 4
    private static let maximumControlPayload = 125

    private enum Opcode: UInt8 {
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA
    }

    /// Appends a text frame whose payload `body` appends.
    package static func text(into buffer: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void) {
        frame(.text, into: &buffer, body)
    }

    /// Appends a text frame with one server frame.
    package static func text(_ frame: ServerFrame, into buffer: inout ByteBuffer) {
        text(into: &buffer) { frame.encode(into: &$0) }
    }

    package static func binary(_ payload: ByteBuffer, into buffer: inout ByteBuffer) {
        frame(.binary, into: &buffer) { $0.writeImmutableBuffer(payload) }
    }

    package static func ping(into buffer: inout ByteBuffer) {
        frame(.ping, into: &buffer) { _ in }
    }

    /// - `payload`: the ping's, at most 125 bytes.
    package static func pong(_ payload: ByteBuffer, into buffer: inout ByteBuffer) {
        frame(.pong, into: &buffer) { $0.writeImmutableBuffer(payload) }
    }

    /// - `text`: truncated between characters to fit a control frame.
    package static func close(code: UInt16, text: String, into buffer: inout ByteBuffer) {
        frame(.close, into: &buffer) {
            $0.writeInteger(code)
            var rest = maximumControlPayload - 2
            for character in text {
                rest -= character.utf8.count
                guard rest >= 0 else { break }
                $0.writeString(String(character))
            }
        }
    }

    private static func frame(_ opcode: Opcode, into buffer: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void) {
        let start = buffer.writerIndex
        buffer.writeRepeatingByte(0, count: usualHeader)
        let payload = buffer.writerIndex
        body(&buffer)
        let length = buffer.writerIndex - payload
        let header = length <= 125 ? 2 : length <= Int(UInt16.max) ? 4 : 10
        if header != usualHeader { shift(payload..<buffer.writerIndex, by: header - usualHeader, in: &buffer) }
        buffer.setInteger(0x80 | opcode.rawValue, at: start)
        switch header {
        case 2:
            buffer.setInteger(UInt8(length), at: start + 1)
        case 4:
            buffer.setInteger(UInt8(126), at: start + 1)
            buffer.setInteger(UInt16(length), at: start + 2)
        default:
            buffer.setInteger(UInt8(127), at: start + 1)
            buffer.setInteger(UInt64(length), at: start + 2)
        }
    }

    private static func shift(_ range: Range<Int>, by distance: Int, in buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: max(0, distance))
        buffer.withVeryUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[(range.lowerBound + distance)...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        buffer.moveWriterIndex(to: range.upperBound + distance)
    }
}
