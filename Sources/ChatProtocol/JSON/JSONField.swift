/// The value of a known member, before its type can be checked: members may come in any order, `type` even last.
enum JSONField: Hashable {
    /// Missing, or `null`.
    case absent
    case string(String)
    case number(JSONNumber)
    case boolean(Bool)
    /// An array or an object, which no client frame contains.
    case other

    init(from reader: inout ByteReader) throws(JSONError) {
        switch try reader.peek() {
        case .string: self = .string(try reader.readString())
        case .number: self = .number(try reader.readNumber())
        case .null:
            try reader.readNull()
            self = .absent
        case .boolean: self = .boolean(try reader.readBoolean())
        case .object, .array:
            try reader.skip()
            self = .other
        }
    }
}
