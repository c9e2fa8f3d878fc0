import NIOCore
import Testing

@testable import RedisClient

@Suite struct RedisReplyReaderTests {
    /// Feeds `wire` in pieces of `size` bytes and gives what comes out.
    private func read(_ wire: String, inPiecesOf size: Int = .max) throws -> [RedisReply] {
        var reader = ReplyReader(maximumReplyBytes: 1_024)
        var replies: [RedisReply] = []
        var rest = Array(wire.utf8)[...]
        while !rest.isEmpty {
            try reader.feed(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }

    private static let table: [(wire: String, replies: [RedisReply])] = [
        ("+OK\r\n", [.status("OK")]),
        ("-ERR no such thing\r\n", [.error("ERR no such thing")]),
        (":42\r\n:-7\r\n", [.integer(42), .integer(-7)]),
        (":9223372036854775807\r\n", [.integer(.max)]),
        ("$5\r\nhello\r\n", [.bulk(Array("hello".utf8))]),
        ("$0\r\n\r\n", [.bulk([])]),
        ("$4\r\n\r\n\0\n\r\n", [.bulk([13, 10, 0, 10])]),
        ("$-1\r\n", [.null]),
        ("*-1\r\n", [.null]),
        ("*0\r\n", [.array([])]),
        (
            "*2\r\n+a\r\n*2\r\n:1\r\n$-1\r\n+b\r\n",
            [.array([.status("a"), .array([.integer(1), .null])]), .status("b")]
        ),
        ("*1\r\n-WRONGTYPE it is not\r\n", [.array([.error("WRONGTYPE it is not")])]),
    ]

    @Test(arguments: 0..<12, [1, 2, 3, 7, 4_096])
    func everyKindIsReadAcrossEveryBoundary(row: Int, size: Int) throws {
        let (wire, replies) = Self.table[row]
        #expect(try read(wire, inPiecesOf: size) == replies)
    }

    @Test(arguments: ["?\r\n", "hello\r\n", ":x\r\n", "$99999999999999999999\r\n", "*4294967296\r\n", "$-5\r\n"])
    func invalidRepliesAreRejected(wire: String) {
        #expect(throws: RedisError.self) { try read(wire) }
    }

    @Test func repliesBeyondTheLimitAreRejected() {
        #expect(throws: RedisError.self) {
            try read("$100000\r\n" + String(repeating: "x", count: 2_000), inPiecesOf: 100)
        }
    }

    @Test func arraysNestedTooDeepAreRejected() {
        #expect(throws: RedisError.self) { try read(String(repeating: "*1\r\n", count: 64)) }
    }

    @Test func commandsAreFormattedByteForByte() {
        var buffer = ByteBuffer()
        let command = RedisCommand(.setup, "SET", "k", [0, 13, 10, 255] as [UInt8], "", -5, UInt64.max)
        command.encode(into: &buffer)
        let expected: [UInt8] =
            Array("*6\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n".utf8) + [0, 13, 10, 255]
            + Array("\r\n$0\r\n\r\n$2\r\n-5\r\n$20\r\n18446744073709551615\r\n".utf8)
        #expect(Array(buffer.readableBytesView) == expected)
        #expect(buffer.readableBytes <= command.formattedBound)
        #expect(command.name == "SET")
    }

    @Test func replyAccessorsThrowOnAnotherKind() throws {
        #expect(try RedisReply.bulk(Array("12".utf8)).integer() == 12)
        #expect(try RedisReply.status("OK").string() == "OK")
        #expect(throws: RedisError.self) { try RedisReply.bulk([0xFF]).string() }
        #expect(throws: RedisError.self) { try RedisReply.bulk(Array("12x".utf8)).integer() }
        #expect(throws: RedisError.self) { try RedisReply.null.array() }
        #expect(throws: RedisError.self) { try RedisReply.integer(1).bytes() }
    }
}
