import ChatModel
import NIOCore

/// A file of a message on the wire: `{"id", "name", "type", "bytes", "width"?, "height"?}`.
extension SharedFile {
    func encode(into buffer: inout ByteBuffer) {
        // Neither ids nor types need escapes.
        buffer.writeJSON(literal: #"{"id":""#)
        buffer.writeJSON(token: id.description)
        buffer.writeJSON(literal: #"","name":"#)
        buffer.writeJSON(name.description)
        buffer.writeJSON(literal: #","type":""#)
        buffer.writeJSON(token: type.description)
        buffer.writeJSON(literal: #"","bytes":"#)
        buffer.writeJSON(bytes)
        if let size {
            buffer.member("width", size.width)
            buffer.member("height", size.height)
        }
        buffer.writeJSON(literal: "}")
    }
}

extension ByteReader {
    mutating func readFiles() throws(JSONError) -> [SharedFile] {
        var files: [SharedFile] = []
        try readArray { (reader) throws(JSONError) in
            var (id, name, type) = ("", "", "")
            var (bytes, width, height) = (0, 0, 0)
            try reader.readObject { (member, reader) throws(JSONError) in
                switch member {
                case "id": id = try reader.readString()
                case "name": name = try reader.readString()
                case "type": type = try reader.readString()
                case "bytes": bytes = try reader.readInteger()
                case "width": width = try reader.readInteger()
                case "height": height = try reader.readInteger()
                default: try reader.skip()
                }
            }
            guard let id = FileID(id), let name = FileName(name), let type = SharedFile.MediaType(type), bytes > 0
            else {
                throw reader.expected("a file's id, name, type and bytes")
            }
            let size = PixelSize(width: width, height: height)
            files.append(SharedFile(id: id, name: name, type: type, bytes: bytes, size: size))
        }
        return files
    }
}
