internal import NIOCore

/// Walks over what Redis sends before the parser does: it reserves memory for what a header merely announces, and 0.14 has
/// no limit of its own. Skips the bytes of strings, so it costs nothing that counts. Pure.
struct ReplyBounds {
    struct Limits: Hashable, Sendable {
        /// Of one string. Larger than a history page with all its acts.
        var stringBytes: Int
        /// Of one whole reply, in all its arrays: the members of a room with half a million people, two each. A null in an
        /// array takes the parser 56 bytes and a pointer.
        var elements = 1 << 20
        /// A page of history has four levels; hiredis follows seven.
        var depth = 7
        /// Of a header, a status or an error: Redis' longest are some hundred bytes.
        var lineBytes = 64 << 10
    }

    private enum State {
        case kind
        case line(kind: UInt8)
        /// Bytes of a string that are still to come, its line break included.
        case string(Int)
    }

    private let limits: Limits
    private var state = State.kind
    private var lineBytes = 0
    private var number: Int?
    private var isNegative = false
    /// How many elements each open array still lacks.
    private var open: [Int] = []
    private var elements = 0

    init(limits: Limits) {
        self.limits = limits
    }

    /// - Throws: for what no reply to this node can be. What follows then is not to be looked at.
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
                    throw violation("a reply of unknown type")
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
        default: throw violation("a length that is no number")
        }
    }

    private mutating func end(of kind: UInt8) throws(RedisError) {
        state = .kind
        guard kind == UInt8(ascii: "$") || kind == UInt8(ascii: "*") else { return complete() }
        guard let number else { throw violation("a length that is no number") }
        if isNegative {
            guard number == 1 else { throw violation("a negative length") }
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
        guard open.count < limits.depth else { throw violation("arrays within arrays, deeper than \(limits.depth)") }
        elements += number
        if number == 0 { complete() } else { open.append(number) }
    }

    /// A value has ended, and with it perhaps the arrays whose last it was.
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
        RedisError(.protocolViolation, "Redis sent \(what), which is no answer to a node")
    }
}
