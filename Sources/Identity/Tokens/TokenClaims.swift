internal import ChatProtocol

/// The claims of a token that we look at (RFC 7519, section 4.1), whatever their type.
struct TokenClaims {
    private enum Value {
        case string(String)
        case number(JSONNumber)
        /// An array; elements that are not strings are left out.
        case strings([String])
        case other
    }

    private var values: [String: Value] = [:]

    /// - `names`: all others are skipped.
    init(json: [UInt8], names: Set<String>) throws(TokenError) {
        var values: [String: Value] = [:]
        try TokenJSON.readObject(json, "the claims") { (name, reader) throws(JSONError) in
            if names.contains(name) { values[name] = try Self.read(&reader) } else { try reader.skip() }
        }
        self.values = values
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    func string(_ name: String) -> String? {
        if case .string(let text) = values[name] { text } else { nil }
    }

    /// A string counts as an array of one.
    func strings(_ name: String) -> [String] {
        switch values[name] {
        case .string(let text): [text]
        case .strings(let all): all
        case .number, .other, nil: []
        }
    }

    /// A NumericDate in whole seconds since 1970, which may have been written with a fraction. `nil` also for a time
    /// that no clock will show.
    func time(_ name: String) -> Int64? {
        guard case .number(let number) = values[name], let seconds = number.double,
            (0...Self.latest).contains(seconds)
        else { return nil }
        return Int64(seconds)
    }

    /// Up to here a `Double` holds every whole number.
    private static let latest = Double(1 << 53)

    private static func read(_ reader: inout ByteReader) throws(JSONError) -> Value {
        switch try reader.peek() {
        case .string: return .string(try reader.readString())
        case .number: return .number(try reader.readNumber())
        case .array:
            var all: [String] = []
            try reader.readArray { (reader) throws(JSONError) in
                if try reader.peek() == .string { all.append(try reader.readString()) } else { try reader.skip() }
            }
            return .strings(all)
        case .object, .boolean, .null:
            try reader.skip()
            return .other
        }
    }
}
