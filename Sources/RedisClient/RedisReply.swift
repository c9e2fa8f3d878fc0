/// A reply of Redis (RESP2).
package enum RedisReply: Hashable, Sendable {
    case status(String)
    /// Only inside an array: as a whole reply, an error becomes a `RedisError`.
    case error(String)
    case integer(Int64)
    case bulk([UInt8])
    case array([RedisReply])
    case null

    package var isNull: Bool { self == .null }

    /// The bytes of a bulk string.
    package func bytes() throws(RedisError) -> [UInt8] {
        guard case .bulk(let bytes) = self else { throw unexpected("a string") }
        return bytes
    }

    /// The text of a bulk string or status. Throws if it is not UTF-8.
    package func string() throws(RedisError) -> String {
        switch self {
        case .status(let text): return text
        case .bulk(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else { throw unexpected("UTF-8 text") }
            return text
        case .error, .integer, .array, .null: throw unexpected("a string")
        }
    }

    /// An integer, or a bulk string that contains a decimal number.
    package func integer() throws(RedisError) -> Int64 {
        switch self {
        case .integer(let value): return value
        case .bulk(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self), let value = Int64(text) else {
                throw unexpected("a number")
            }
            return value
        case .status, .error, .array, .null: throw unexpected("a number")
        }
    }

    package func array() throws(RedisError) -> [RedisReply] {
        guard case .array(let elements) = self else { throw unexpected("an array") }
        return elements
    }

    private func unexpected(_ wanted: String) -> RedisError {
        let kind =
            switch self {
            case .status: "a status"
            case .error(let text): "the error '\(text)'"
            case .integer: "an integer"
            case .bulk: "a string"
            case .array: "an array"
            case .null: "null"
            }
        return RedisError(.unexpectedReply, "Redis replied with \(kind) instead of \(wanted)")
    }
}
