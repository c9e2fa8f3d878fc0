import ChatProtocol
import NIOCore
import Testing

@Suite struct FrameEncoderTests {
    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
    func everyLengthGetsItsShortestHeader(_ length: Int) {
        let payload = [UInt8]((0..<length).map { UInt8(truncatingIfNeeded: $0) })
        var buffer = ByteBuffer(string: "before")
        FrameEncoder.text(into: &buffer) { $0.writeBytes(payload) }
        FrameEncoder.ping(into: &buffer)

        #expect(buffer.readString(length: 6) == "before")
        #expect(buffer.readInteger(as: UInt8.self) == 0x81)
        switch length {
        case ...125: #expect(buffer.readInteger(as: UInt8.self) == UInt8(length))
        case ...65_535:
            #expect(buffer.readInteger(as: UInt8.self) == 126)
            #expect(buffer.readInteger(as: UInt16.self) == UInt16(length))
        default:
            #expect(buffer.readInteger(as: UInt8.self) == 127)
            #expect(buffer.readInteger(as: UInt64.self) == UInt64(length))
        }
        #expect(buffer.readBytes(length: length) == payload)
        #expect(buffer.readBytes(length: buffer.readableBytes) == [0x89, 0])
    }

    @Test func controlFramesKeepTheirLimit() {
        var buffer = ByteBuffer()
        FrameEncoder.close(code: 1008, text: String(repeating: "é", count: 100), into: &buffer)
        #expect(buffer.readBytes(length: 4) == [0x88, 2 + 122, 0x03, 0xF0])
        #expect(buffer.readString(length: buffer.readableBytes) == String(repeating: "é", count: 61))

        FrameEncoder.pong(ByteBuffer(string: "hi"), into: &buffer)
        #expect(buffer.readBytes(length: 4) == [0x8A, 2, 0x68, 0x69])
    }
}
