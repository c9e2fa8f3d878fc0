#if DEBUG
    import ChatModel
    import ChatProtocol
    import NIOCore

    @testable import Cluster
    @testable import RedisClient

    extension FuzzTarget {
        static var redisReply: FuzzTarget {
            FuzzTarget(name: "redis-reply", words: resp) { input in
                let (replies, error) = replies([input[...]])
                let size = 1 + input.count % 5
                let pieces = Self.replies(input.pieces(of: size))
                // What is no answer ends the connection with all that came in one piece with it.
                let same = error == nil ? pieces.replies == replies : pieces.replies.starts(with: replies)
                try expect(same, "other replies in pieces of \(size) bytes")
                try expect(
                    (pieces.error == nil) == (error == nil), "an error only in or without pieces of \(size) bytes")
                let bytes = replies.reduce(0) { $0 + weight($1) }
                try expect(bytes <= 4 * input.count, "\(bytes) bytes and elements from \(input.count)")
                return outcome(replies.prefix(8).map(kind), error?.prefix(20))
            }
        }

        /// The answer of read.lua, as a reply of Redis.
        static var logReply: FuzzTarget {
            FuzzTarget(
                name: "log-reply",
                words: resp + ["user", "name", "key", "text", "ts", "plain", "act", "edit 1-1", "e 1-1", "d", "files"]
                    + ["aaaaaaaaaaaaaaaaaaaaaaaaaa image/png 5 3 4 a.png", " image/png ", " 0 0 "],
                maximumBytes: 4_096
            ) { input in
                guard let reply = replies([input[...]]).replies.first else { return 0 }
                let read: LogReply
                do throws(RedisError) {
                    read = try LogReply(reply)
                } catch {
                    return outcome(error.description.prefix(24))
                }
                for entry in read.entries {
                    guard let message = entry.message else { continue }
                    var encoded = ByteBuffer()
                    message.encodeChat(room: .lobby, epoch: Epoch(random: 1, tag: 1), into: &encoded)
                    try legal(encoded)
                }
                return outcome(
                    read.head == .empty, read.head.forks.count, magnitude(read.entries.count),
                    read.entries.prefix(4).map { String(describing: $0.message?.act).prefix(14) },
                    read.entries.prefix(4).map { String(describing: $0.message?.state).prefix(20) })
            }
        }

        private static let resp = [
            "\r\n", "*1\r\n", "$1\r\n", ":1\r\n", "+OK\r\n", "-ERR x\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n",
        ]

        /// Whatever stands in a log, clients get JSON.
        private static func legal(_ json: ByteBuffer) throws {
            do {
                try ByteReader.read(json) { (reader) throws(JSONError) in try reader.skip() }
            } catch {
                throw Finding("a frame is no JSON: \(String(buffer: json))")
            }
        }

        private static func replies(_ pieces: [ArraySlice<UInt8>]) -> (replies: [RedisReply], error: String?) {
            var reader = ReplyReader(maximumReplyBytes: 1 << 16)
            var replies: [RedisReply] = []
            do throws(RedisError) {
                for piece in pieces {
                    try reader.feed(ByteBuffer(bytes: piece))
                    while let reply = try reader.next() { replies.append(reply) }
                }
            } catch {
                return (replies, error.description)
            }
            return (replies, nil)
        }

        private static func weight(_ reply: RedisReply) -> Int {
            switch reply {
            case .status(let text), .error(let text): text.utf8.count
            case .bulk(let bytes): bytes.count
            case .array(let elements): elements.reduce(1) { $0 + weight($1) }
            case .integer, .null: 1
            }
        }

        private static func kind(_ reply: RedisReply) -> String {
            switch reply {
            case .status: "+"
            case .error: "-"
            case .bulk(let bytes): "$\(magnitude(bytes.count))"
            case .array(let elements): "*\(magnitude(elements.count))" + elements.prefix(3).map(kind).joined()
            case .integer: ":"
            case .null: "_"
            }
        }
    }
#endif
