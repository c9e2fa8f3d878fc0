internal import NIOCore

/// Checks replies before hiredis parses them: it reserves memory for announced lengths, and 0.14 has no limit. Skips
/// the contents of strings, so its cost is negligible. Pure.
struct ReplyBounds {
    struct Limits: Hashable, Sendable {
        /// Per string. Larger than a history page with all its acts.
        var stringBytes: Int
        /// Per reply, over all arrays: a room with half a million members has two each. A null in an array costs the
        /// parser 56 bytes and a pointer.
        var elements = 1 << 20
        /// A history page has four levels; hiredis supports seven.
        var depth = 7
        /// Per header, status or error: Redis' longest have some hundred bytes.
        var lineBytes = 64 << 10
    }

    private enum State {
        case kind
        case line(kind: UInt8)
        /// Missing bytes of a string, including its line break.
        case string(Int)
    }

    private let limits: Limits
    private var state = State.kind
    private var lineBytes = 0
    private var number: Int?
    private var isNegative = false
    /// Missing elements of each open array.
    private var open: [Int] = []
    private var elements = 0

    init(limits: Limits) {
        self.limits = limits
    }

    /// - Throws: if this cannot be a reply to this node; do not call it again then.
    mutating func look(at bytes: some Collection<UInt8>) throws(RedisError) {
        var rest = bytes[...]
        while let byte = rest.first {
            switch state {
            case .string(let missing):
                let taken = min(missing, rest.count)
                rest = rest.dropFirst(taken)
                state = taken < missing ? .string(missing - taken) : .kind
                if taken == missing { complete() }
            case .kind:
                rest = rest.dropFirst()
                guard [0x2B, 0x2D, 0x3A, 0x24, 0x2A].contains(byte) else {
                    throw violation("unknown type")
                }
                (state, lineBytes, number, isNegative) = (.line(kind: byte), 0, nil, false)
            case .line(let kind):
                rest = rest.dropFirst()
                if byte == UInt8(ascii: "\n") {
                    try end(of: kind)
                } else {
                    try take(byte, kind)
                }
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ kind: UInt8) throws(RedisError) {
        lineBytes += 1
        guard lineBytes <= limits.lineBytes else { throw violation("a line of more than \(limits.lineBytes) bytes") }
        guard kind == UInt8(ascii: "$") || kind == UInt8(ascii: "*") else { return }
        switch byte {
        case UInt8(ascii: "-") where lineBytes == 1: isNegative = true
        case UInt8(ascii: "\r"): break
        case UInt8(ascii: "0")...UInt8(ascii: "9") where number ?? 0 < 1 << 40:
            number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
        default: throw violation("malformed length")
        }
    }

    private mutating func end(of kind: UInt8) throws(RedisError) {
        state = .kind
        guard kind == UInt8(ascii: "$") || kind == UInt8(ascii: "*") else { return complete() }
        guard let number else { throw violation("malformed length") }
        if isNegative {
            guard number == 1 else { throw violation("negative length") }
            return complete()
        }
        if kind == UInt8(ascii: "$") {
            guard number <= limits.stringBytes else { throw violation("a string of \(number) bytes") }
            state = .string(number + 2)
            return
        }
        guard number <= limits.elements - elements else {
            throw violation("more than \(limits.elements) elements in one reply")
        }
        guard open.count < limits.depth else { throw violation("arrays nested deeper than \(limits.depth)") }
        elements += number
        if number == 0 { complete() } else { open.append(number) }
    }

    /// A value has ended, and possibly the arrays it completes.
    private mutating func complete() {
        while let last = open.popLast() {
            if last > 1 {
                open.append(last - 1)
                return
            }
        }
        elements = 0
    }

    private func violation(_ what: String) -> RedisError {
        RedisError(.protocolViolation, "Redis sent an invalid reply: \(what)")
    }
}
