/// What allows a user to upload one file, and to send it in one message.
package struct FileTicket: Hashable, Sendable {
    /// For how long: a client that was offline sends what it has uploaded before.
    package static let validSeconds: Int64 = 7_200

    package let id: String
    package let room: String
    package let user: String
    package let name: String
    package let type: String
    package let bytes: Int
    /// In pixels; 0: unknown.
    package let width: Int
    package let height: Int
    /// Seconds since 1970.
    package let endsAt: Int64

    /// - `id`: `nil`: a new one.
    package init(
        id: String? = nil, room: String, user: String, name: String, type: String, bytes: Int, width: Int, height: Int,
        endsAt: Int64
    ) {
        self.id = id ?? Base32.text(RandomBytes.make(17), length: 26)
        self.room = room
        self.user = user
        self.name = name
        self.type = type
        self.bytes = bytes
        self.width = width
        self.height = height
        self.endsAt = endsAt
    }
}

/// Seals and opens tickets for files: the fields as lines of text, none of which has a line break.
package struct FileTicketSealer: Sendable {
    private static let maximumLength = 1_024
    private let sealer: TokenSealer

    /// Same rules as `GuestTokenSealer.init`.
    package init(secret: [UInt8], previous: [UInt8]? = nil) throws(SealingError) {
        sealer = try TokenSealer("file-ticket", secret: secret, previous: previous, maximumLength: Self.maximumLength)
    }

    package func seal(_ ticket: FileTicket) throws(SealingError) -> String {
        let lines = [
            ticket.id, ticket.room, ticket.user, ticket.type, "\(ticket.bytes)", "\(ticket.width)",
            "\(ticket.height)", "\(ticket.endsAt)", ticket.name,
        ]
        return try sealer.seal(Array(lines.joined(separator: "\n").utf8))
    }

    /// `nil` if it is forged or has ended.
    ///
    /// - `now`: seconds since 1970.
    package func open(_ text: String, now: Int64) -> FileTicket? {
        guard let content = sealer.open(text), let lines = String(validating: content, as: UTF8.self) else {
            return nil
        }
        let parts = lines.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 9, let bytes = Int(parts[4]), let width = Int(parts[5]), let height = Int(parts[6]),
            let endsAt = Int64(parts[7]), endsAt > now
        else { return nil }
        return FileTicket(
            id: parts[0], room: parts[1], user: parts[2], name: parts[8], type: parts[3], bytes: bytes, width: width,
            height: height, endsAt: endsAt)
    }
}
