import NIOCore
import TestSupport
import Testing

@testable import RedisClient

/// What a server that is none, or one that was taken over, may cost a node.
@Suite struct ReplyBoundsTests {
    private static let limits = ReplyBounds.Limits(stringBytes: 1_000, elements: 500, depth: 4, lineBytes: 100)

    /// A legal reply with all its parts somewhere within the limits.
    private static func reply(depth: Int, using random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return "+" + String(repeating: "s", count: .random(in: 0...90, using: &random)) + "\r\n"
        case 1: return "-ERR " + String(repeating: "e", count: .random(in: 0...80, using: &random)) + "\r\n"
        case 2: return ":\(Int64.random(in: .min ... .max, using: &random))\r\n"
        case 3: return ["$-1\r\n", "*-1\r\n", "*0\r\n", "$0\r\n\r\n"].randomElement(using: &random) ?? ""
        case 4:
            let text = String(repeating: "*9\r\n$", count: .random(in: 0...100, using: &random))
            return "$\(text.utf8.count)\r\n\(text)\r\n"
        default:
            let count = Int.random(in: 1...4, using: &random)
            return "*\(count)\r\n" + (0..<count).map { _ in reply(depth: depth - 1, using: &random) }.joined()
        }
    }

    private static func look(at wire: String, inPiecesOf size: Int, limits: ReplyBounds.Limits = limits) throws {
        var bounds = ReplyBounds(limits: limits)
        var rest = Array(wire.utf8)[...]
        while !rest.isEmpty {
            try bounds.look(at: rest.prefix(size))
            rest = rest.dropFirst(size)
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func validRepliesPassInAnyPieces(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let wire = (0..<10).map { _ in Self.reply(depth: 3, using: &random) }.joined()
        try Self.look(at: wire, inPiecesOf: .random(in: 1...50, using: &random))
        // And the parser reads it, too.
        var reader = ReplyReader(maximumReplyBytes: 100_000)
        try reader.feed(ByteBuffer(string: wire))
        for _ in 0..<10 { #expect(try reader.next() != nil, "seed \(seed)") }
        #expect(try reader.next() == nil)
    }

    private static let refused: [String] = {
        let many = String(repeating: "$-1\r\n", count: 250)
        return [
            "*400000000\r\n", "*501\r\n", "$1001\r\n", "$536870912\r\n", "*99999999999999999999\r\n", "$-2\r\n",
            "*-7\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "*2\r\n*250\r\n\(many)*250\r\n", "*\r\n", "$x\r\n", "!5\r\n",
            "*1x\r\n", "$-\r\n", "+\(String(repeating: "x", count: 101))",
        ]
    }()

    /// Each announces more than any answer to a node has; none may cost more than the announcement.
    @Test(arguments: refused)
    func oversizedRepliesAreRejectedAtTheirHeader(wire: String) {
        for size in [1, 3, 100_000] {
            let error = #expect(throws: RedisError.self) { try Self.look(at: wire, inPiecesOf: size) }
            #expect(error?.code == .protocolViolation)
        }
    }

    @Test func theLimitAppliesToEachReply() throws {
        let reply = "*500\r\n" + String(repeating: ":1\r\n", count: 500)
        try Self.look(at: String(repeating: reply, count: 20), inPiecesOf: 999)
    }

    /// The parser itself reserves memory for what is announced, and takes seconds to give it back.
    @Test func anArrayOfFourHundredMillionElementsCostsNothing() throws {
        let start = ContinuousClock.now
        var isRefused = false
        do {
            var reader = ReplyReader(maximumReplyBytes: 64 << 20)
            try reader.feed(ByteBuffer(string: "*400000000\r\n"))
            _ = try reader.next()
        } catch {
            isRefused = true
        }
        #expect(isRefused)
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    @Test func mutatedRepliesAreReadOrRejected() {
        for seed in 1...300 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var wire = Array((0..<5).map { _ in Self.reply(depth: 3, using: &random) }.joined().utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !wire.isEmpty {
                let index = Int.random(in: 0..<wire.count, using: &random)
                wire[index] = Array("*$:+-0123456789\r\nx".utf8).randomElement(using: &random) ?? 0
            }
            var reader = ReplyReader(maximumReplyBytes: 100_000)
            do {
                try reader.feed(ByteBuffer(bytes: wire))
                while try reader.next() != nil {}
            } catch {
                #expect(error.code == .protocolViolation, "seed \(seed)")
            }
        }
    }
}
