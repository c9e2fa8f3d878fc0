package import ChatModel
package import NIOCore

/// A frame from a plain client: `{"type": "chat" | "message", "text", "ts"?}` (`docs/protocol.md`, section 8).
package struct PlainFrame: Hashable, Sendable {
    package let text: String
    package let form: PlainForm

    package init(text: String, form: PlainForm) {
        self.text = text
        self.form = form
    }

    package init(parsing buffer: ByteBuffer) throws(FrameError) {
        let fields = try ClientFields(parsing: buffer)
        guard let kind = PlainForm.Kind(rawValue: try fields.required("type", fields.type)) else {
            throw fields.error(.unknownType, "type must be chat or message")
        }
        self.init(text: try fields.messageText, form: PlainForm(kind: kind, ts: try fields.plainTime))
    }
}

extension ClientFields {
    fileprivate var plainTime: String? {
        get throws(FrameError) {
            switch time {
            case .absent: return nil
            case .token(let token): return token
            case .unusable:
                throw error(
                    .badRequest, "ts must be a number or a string of at most \(PlainTime.maximumLength) characters")
            }
        }
    }
}

/// `ts` as a plain client gave it. It must return byte for byte, so the token is kept.
enum PlainTime {
    static let maximumLength = 64

    case absent
    case token(String)
    case unusable

    init(from reader: inout ByteReader) throws(JSONError) {
        switch try reader.peek() {
        case .string:
            let (value, token) = try reader.readStringWithToken()
            self = value.unicodeScalars.count <= Self.maximumLength ? .token(token) : .unusable
        case .number:
            let number = try reader.readNumber()
            self =
                number.token.utf8.count <= Self.maximumLength && number.double != nil
                ? .token(number.token) : .unusable
        case .null:
            try reader.readNull()
            self = .absent
        case .object, .array, .boolean:
            try reader.skip()
            self = .unusable
        }
    }
}
