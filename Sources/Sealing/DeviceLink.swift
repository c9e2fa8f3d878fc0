/// By which a guest goes on as the same user on another device.
package struct DeviceLink: Hashable, Sendable {
    /// Long enough to hold one device up to the other; a link that is seen later is of no use.
    package static let validSeconds = 60

    /// Identifies the link, which can be used once.
    package let id: String
    package let user: String
    package let name: String
    /// Seconds since 1970.
    package let endsAt: Int64

    /// - `id`: `nil`: a new one.
    package init(id: String? = nil, user: String, name: String, endsAt: Int64) {
        self.id = id ?? Base32.text(RandomBytes.make(10), length: 16)
        self.user = user
        self.name = name
        self.endsAt = endsAt
    }
}

/// Seals and opens links to users: the fields as lines of text, none of which has a line break.
package struct DeviceLinkSealer: Sendable {
    private static let maximumLength = 1_024
    private let sealer: TokenSealer

    /// Same rules as `GuestTokenSealer.init`.
    package init(secret: [UInt8], previous: [UInt8]? = nil) throws(SealingError) {
        sealer = try TokenSealer("device-link", secret: secret, previous: previous, maximumLength: Self.maximumLength)
    }

    package func seal(_ link: DeviceLink) throws(SealingError) -> String {
        try sealer.seal(Array([link.id, link.user, "\(link.endsAt)", link.name].joined(separator: "\n").utf8))
    }

    /// `nil` if it is forged or has ended.
    ///
    /// - `now`: seconds since 1970.
    package func open(_ text: String, now: Int64) -> DeviceLink? {
        guard let content = sealer.open(text), let lines = String(validating: content, as: UTF8.self) else {
            return nil
        }
        let parts = lines.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let endsAt = Int64(parts[2]), endsAt > now else { return nil }
        return DeviceLink(id: parts[0], user: parts[1], name: parts[3], endsAt: endsAt)
    }
}
