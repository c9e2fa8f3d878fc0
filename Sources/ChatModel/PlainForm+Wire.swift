extension PlainForm {
    /// The field `plain` of a log entry or live message: `<kind> <ts as received, or nothing>`.
    package var wire: String { "\(kind.rawValue) \(ts ?? "")" }

    package init?(wire: String) {
        let parts = wire.fields(atMost: 2)
        guard parts.count == 2, let kind = Kind(rawValue: parts[0]) else { return nil }
        self.init(kind: kind, ts: parts[1].isEmpty ? nil : parts[1])
    }
}
