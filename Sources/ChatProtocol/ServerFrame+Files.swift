package import ChatModel
import NIOCore

/// Pictures and files (`docs/protocol.md`, section 14).
extension ServerFrame {
    /// The answer to `upload`.
    package struct Upload: Hashable, Sendable {
        /// A request that sends the file.
        package struct Put: Hashable, Sendable {
            package struct Header: Hashable, Sendable {
                package let name: String
                package let value: String

                package init(name: String, value: String) {
                    self.name = name
                    self.value = value
                }
            }

            package let url: String
            package let headers: [Header]

            package init(url: String, headers: [Header]) {
                self.url = url
                self.headers = headers
            }
        }

        package let room: RoomName
        package let key: String
        /// The sealed ticket, for `chat`.
        package let file: String
        package let put: Put
        /// In seconds.
        package let expiresIn: Int

        package init(room: RoomName, key: String, file: String, put: Put, expiresIn: Int) {
            self.room = room
            self.key = key
            self.file = file
            self.put = put
            self.expiresIn = expiresIn
        }
    }

    /// The member `files`, of which there are two kinds.
    enum FilesMember {
        case ofWelcome(Welcome.Files)
        case ofMessage([SharedFile])

        var ofWelcome: Welcome.Files? { if case .ofWelcome(let files) = self { files } else { nil } }
        var ofMessage: [SharedFile]? { if case .ofMessage(let files) = self { files } else { nil } }
    }
}

extension ServerFrame.Welcome {
    /// Which files the node takes.
    package struct Files: Hashable, Sendable {
        /// Of one file, at most.
        package let bytes: Int
        package let perMessage: Int
        /// Those that browsers show within a page.
        package let types: [String]

        package init(
            bytes: Int, perMessage: Int = SharedFile.mostOfMessage,
            types: [String] = SharedFile.MediaType.shown.map(\.description)
        ) {
            self.bytes = bytes
            self.perMessage = perMessage
            self.types = types
        }
    }
}

extension ServerFrame.Welcome.Files {
    func encode(into buffer: inout ByteBuffer) {
        buffer.writeJSON(literal: #","files":{"bytes":"#)
        buffer.writeJSON(bytes)
        buffer.member("perMessage", perMessage)
        buffer.name("types")
        buffer.writeJSON(array: types) { $0.writeJSON($1) }
        buffer.writeJSON(literal: "}")
    }
}

extension ServerFrame.Upload {
    func encode(into buffer: inout ByteBuffer) {
        buffer.open("upload", room)
        buffer.member("key", key)
        buffer.member("file", file)
        buffer.writeJSON(literal: #","put":{"url":"#)
        buffer.writeJSON(put.url)
        buffer.writeJSON(literal: #","headers":{"#)
        for (index, header) in put.headers.enumerated() {
            if index > 0 { buffer.writeJSON(literal: ",") }
            buffer.writeJSON(header.name)
            buffer.writeJSON(literal: ":")
            buffer.writeJSON(header.value)
        }
        buffer.writeJSON(literal: "}}")
        buffer.member("expiresIn", expiresIn)
    }
}

extension ServerFrame.FilesMember {
    init(from reader: inout ByteReader) throws(JSONError) {
        guard try reader.peek() == .object else {
            self = .ofMessage(try reader.readFiles())
            return
        }
        var (bytes, perMessage) = (0, 0)
        var types: [String] = []
        try reader.readObject { (member, reader) throws(JSONError) in
            switch member {
            case "bytes": bytes = try reader.readInteger()
            case "perMessage": perMessage = try reader.readInteger()
            case "types": types = try reader.readStrings()
            default: try reader.skip()
            }
        }
        self = .ofWelcome(.init(bytes: bytes, perMessage: perMessage, types: types))
    }
}

extension ByteReader {
    mutating func readPut() throws(JSONError) -> ServerFrame.Upload.Put {
        var url = ""
        var headers: [ServerFrame.Upload.Put.Header] = []
        try readObject { (member, reader) throws(JSONError) in
            switch member {
            case "url": url = try reader.readString()
            case "headers":
                try reader.readObject { (name, reader) throws(JSONError) in
                    headers.append(.init(name: name, value: try reader.readString()))
                }
            default: try reader.skip()
            }
        }
        return ServerFrame.Upload.Put(url: url, headers: headers)
    }
}
