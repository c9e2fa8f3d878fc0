internal import CHiredis
internal import NIOCore

/// Wraps hiredis' incremental parser: bytes in, whole replies out. Used by one connection, on its event loop.
struct ReplyReader: ~Copyable {
    /// An incomplete reply larger than this is an error: no reply to this node comes near it.
    private let maximumReplyBytes: Int
    private let reader: UnsafeMutablePointer<redisReader>
    private var bytesSinceReply = 0
    private var bounds: ReplyBounds

    init(maximumReplyBytes: Int) {
        bounds = ReplyBounds(limits: .init(stringBytes: maximumReplyBytes))
        guard let reader = redisReaderCreate() else { preconditionFailure("hiredis reader: out of memory") }
        self.reader = reader
        self.maximumReplyBytes = maximumReplyBytes
    }

    deinit { redisReaderFree(reader) }

    mutating func feed(_ bytes: ByteBuffer) throws(RedisError) {
        bytesSinceReply += bytes.readableBytes
        guard bytesSinceReply <= maximumReplyBytes else {
            throw RedisError(.protocolViolation, "a Redis reply exceeds \(maximumReplyBytes) bytes")
        }
        try bounds.look(at: bytes.readableBytesView)
        let status = bytes.withUnsafeReadableBytes { raw in
            redisReaderFeed(reader, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
        }
        guard status == REDIS_OK else { throw violation() }
    }

    /// The next whole reply; `nil` if more bytes are needed. Do not use the reader after an error.
    mutating func next() throws(RedisError) -> RedisReply? {
        var raw: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &raw) == REDIS_OK else { throw violation() }
        guard let raw else { return nil }
        defer { freeReplyObject(raw) }
        bytesSinceReply = 0
        return try Self.copy(raw.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private borrowing func violation() -> RedisError {
        let reason = withUnsafeBytes(of: &reader.pointee.errstr) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.protocolViolation, "cannot parse the reply of Redis: \(reason)")
    }

    /// Depth is bounded by hiredis (7 levels in 0.14, 9 in 1.x).
    private static func copy(_ reply: redisReply) throws(RedisError) -> RedisReply {
        switch reply.type {
        case REDIS_REPLY_STATUS: return .status(text(of: reply))
        case REDIS_REPLY_ERROR: return .error(text(of: reply))
        case REDIS_REPLY_INTEGER: return .integer(Int64(reply.integer))
        case REDIS_REPLY_STRING: return .bulk(Array(bytes(of: reply)))
        case REDIS_REPLY_NIL: return .null
        case REDIS_REPLY_ARRAY:
            let count = Int(reply.elements)
            var elements: [RedisReply] = []
            elements.reserveCapacity(count)
            for index in 0..<count {
                guard let element = reply.element[index] else {
                    throw RedisError(.protocolViolation, "hiredis returned an array with a missing element")
                }
                elements.append(try copy(element.pointee))
            }
            return .array(elements)
        default: throw RedisError(.protocolViolation, "Redis sent a reply of unknown type \(reply.type)")
        }
    }

    private static func bytes(of reply: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: reply.str, count: Int(reply.len))
    }

    private static func text(of reply: redisReply) -> String {
        String(decoding: bytes(of: reply), as: UTF8.self)
    }
}
