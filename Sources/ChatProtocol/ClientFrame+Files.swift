import ChatModel
import NIOCore

/// Pictures and files (`docs/protocol.md`, section 15).
extension ClientFrame {
    static func upload(_ fields: ClientFields) throws(FrameError) -> ClientFrame {
        guard let name = FileName(try fields.required("name", fields.name)) else {
            throw fields.error(
                .badRequest, "name must have 1 to \(FileName.maximumLength) characters, one of them visible")
        }
        guard let type = SharedFile.MediaType(try fields.required("mediaType", fields.mediaType)) else {
            throw fields.error(.badRequest, "mediaType must be a media type in lower case, such as image/jpeg")
        }
        guard let bytes = try fields.integer("bytes", fields.bytes, in: 1...Int(Int32.max)) else {
            throw fields.error(.badRequest, "bytes must be the size of the file")
        }
        let width = try fields.integer("width", fields.width, in: PixelSize.range)
        let height = try fields.integer("height", fields.height, in: PixelSize.range)
        guard (width == nil) == (height == nil) else {
            throw fields.error(.badRequest, "width and height come together")
        }
        return .upload(
            FileUpload(
                room: try fields.roomName, name: name, type: type, bytes: bytes,
                size: PixelSize(width: width ?? 0, height: height ?? 0), key: try fields.messageKey))
    }
}

/// The sealed tickets of a message's files.
enum FileTickets: Hashable {
    /// A ticket has at most 1,024 bytes of content.
    private static let longest = 2_048

    case some([String])
    /// Not an array of strings, too many, or too long.
    case invalid

    init(from reader: inout ByteReader) throws(JSONError) {
        guard try reader.peek() == .array else {
            let isNull = try reader.peek() == .null
            try reader.skip()
            self = isNull ? .some([]) : .invalid
            return
        }
        var tickets: [String] = []
        var isValid = true
        try reader.readArray { (reader) throws(JSONError) in
            guard isValid, tickets.count < SharedFile.mostOfMessage, try reader.peek() == .string else {
                isValid = false
                return try reader.skip()
            }
            tickets.append(try reader.readString())
        }
        self = isValid && tickets.allSatisfy { $0.utf8.count <= Self.longest } ? .some(tickets) : .invalid
    }
}
