/// The value of a member that a frame knows, before it is known whether it is what the frame's type wants: members
/// may come in any order, `type` may come last.
enum JSONField: Hashable {
    /// Not there, or `null`.
    case absent
    case string(String)
    case number(JSONNumber)
    case boolean(Bool)
    /// An array or an object: no field of a client's frame is one.
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
