import NIOCore

/// Invalid frames, as bytes, and the close code with which a node must answer (`docs/protocol.md`, section 4).
package enum BadFrame: String, Hashable, Sendable, CaseIterable {
    case malformedJSON = "malformed JSON, three times"
    case reservedBit = "a reserved bit"
    case unmasked = "no mask"
    case oversized = "a length of 2⁶²"
    case binary = "a binary frame"
    case notUTF8 = "bytes that are not UTF-8"
    case noHello = "no hello"

    package var expectedCode: UInt16 {
        switch self {
        case .malformedJSON: 1008
        case .reservedBit, .unmasked: 1002
        case .oversized: 1009
        case .binary: 1003
        case .notUTF8: 1007
        case .noHello: 4408
        }
    }

    /// Sent after the upgrade. The mask is zero, which leaves the payload unchanged.
    var bytes: ByteBuffer {
        switch self {
        case .malformedJSON: ByteBuffer(bytes: (0..<3).flatMap { _ in Self.frame(0x81, Array("{]".utf8)) })
        case .reservedBit: ByteBuffer(bytes: Self.frame(0xC1, Array("{}".utf8)))
        case .unmasked: ByteBuffer(bytes: [0x81, 2] + Array("{}".utf8))
        case .oversized: ByteBuffer(bytes: [0x81, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        case .binary: ByteBuffer(bytes: Self.frame(0x82, [1, 2, 3]))
        case .notUTF8: ByteBuffer(bytes: Self.frame(0x81, [0xC3, 0x28]))
        case .noHello: ByteBuffer()
        }
    }

    private static func frame(_ head: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [head, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + payload
    }
}
