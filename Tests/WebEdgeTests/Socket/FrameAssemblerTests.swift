import ChatModel
import NIOCore
import NIOWebSocket
import TestSupport
import Testing

@testable import WebEdge

@Suite struct FrameAssemblerTests {
    private var assembler = FrameAssembler(limits: .init(messageBytes: 10, fragments: 3))

    @Test mutating func fragmentsBecomeOneMessage() {
        #expect(assembler.receive(frame(.text, "a", fin: false)) == .wait)
        #expect(assembler.isUnfinished)
        #expect(assembler.receive(frame(.ping, "p")) == .pong(ByteBuffer(string: "p")))
        #expect(assembler.receive(frame(.continuation, "b", fin: false)) == .wait)
        #expect(assembler.receive(frame(.pong, "")) == .none)
        #expect(assembler.receive(frame(.continuation, "c")) == .text(ByteBuffer(string: "abc")))
        #expect(!assembler.isUnfinished)
    }

    @Test mutating func aCharacterMayBeSplit() {
        let euro = Array("€".utf8)
        #expect(assembler.receive(frame(.text, euro[..<1], fin: false)) == .wait)
        #expect(assembler.receive(frame(.continuation, euro[1...])) == .text(ByteBuffer(string: "€")))
        #expect(assembler.receive(frame(.text, euro[..<2], fin: false)) == .wait)
        #expect(assembler.receive(frame(.continuation, [])) == .fail(.invalidUTF8))
    }

    @Test mutating func sizeAndNumberOfFragmentsAreLimited() {
        #expect(assembler.receive(frame(.text, "1234567890")) == .text(ByteBuffer(string: "1234567890")))
        #expect(assembler.receive(frame(.text, "12345678901")) == .fail(.tooBig))
        #expect(assembler.receive(frame(.text, "12345", fin: false)) == .wait)
        #expect(assembler.receive(frame(.continuation, "678901")) == .fail(.tooBig))

        #expect(assembler.receive(frame(.text, "", fin: false)) == .wait)
        #expect(assembler.receive(frame(.continuation, "", fin: false)) == .wait)
        #expect(assembler.receive(frame(.continuation, "", fin: false)) == .wait)
        #expect(assembler.receive(frame(.continuation, "", fin: false)) == .fail(.tooBig))
    }

    @Test mutating func binaryIsAcceptedOnlyWhereAllowed() {
        #expect(assembler.receive(frame(.binary, [0xFF])) == .fail(.unacceptableData))
        assembler = FrameAssembler(limits: .init(messageBytes: 10, acceptsBinary: true))
        #expect(assembler.receive(frame(.binary, [0xFF])) == .binary(ByteBuffer(bytes: [0xFF])))
    }

    @Test mutating func onlyValidCloseCodesCloseCleanly() {
        for code: UInt16 in 0...5_000 {
            let isValid = [1000...1003, 1007...1014, 3000...4999].contains { $0.contains(code) }
            let action = assembler.receive(frame(.connectionClose, [UInt8(code >> 8), UInt8(code & 0xFF)]))
            #expect(action == (isValid ? .closed(code) : .fail(.protocolError)))
        }
    }

    private func frame(_ opcode: WebSocketOpcode, _ text: String, fin: Bool = true) -> WebSocketFrame {
        frame(opcode, Array(text.utf8), fin: fin)
    }

    private func frame(_ opcode: WebSocketOpcode, _ bytes: some Sequence<UInt8>, fin: Bool = true) -> WebSocketFrame {
        var payload = ByteBuffer(bytes: bytes)
        let mask: WebSocketMaskingKey = [1, 2, 3, 4]
        payload.webSocketMask(mask)
        return WebSocketFrame(fin: fin, opcode: opcode, maskKey: mask, data: payload)
    }
}

@Suite struct UTF8ValidatorTests {
    @Test func utf8ValidationAgreesWithTheStandardLibraryForAnySplit() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        let samples = [
            "plain ascii text, long enough", "ÄÖ", "€", "\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}", "😀\u{10FFFF}",
        ]
        for _ in 0..<20_000 {
            var bytes = Array((0..<3).compactMap { _ in samples.randomElement(using: &random) }.joined().utf8)
            if Bool.random(using: &random), let place = bytes.indices.randomElement(using: &random) {
                bytes[place] = UInt8.random(in: 0x7E...0xFF, using: &random)
            }
            let split = Int.random(in: 0...bytes.count, using: &random)
            var validator = UTF8Validator()
            let isValid =
                bytes[..<split].withUnsafeBytes { validator.validate($0) }
                && bytes[split...].withUnsafeBytes { validator.validate($0) } && validator.isComplete
            #expect(isValid == (String(validating: bytes, as: UTF8.self) != nil), "seed \(seed), bytes \(bytes)")
        }
    }
}
