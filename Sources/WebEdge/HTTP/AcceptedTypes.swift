/// The media types that a client takes, by its `Accept` (RFC 9110, section 12.5.1).
struct AcceptedTypes {
    private struct Range {
        let type: Substring
        let quality: Double
    }

    private let ranges: [Range]

    /// - `fields`: the values of all `Accept` fields. What cannot be read is passed over.
    init(_ fields: [String]) {
        ranges = fields.joined(separator: ",").split(separator: ",").prefix(64).compactMap { element in
            let parts = element.split(separator: ";").map { $0.trimmingWhitespace }
            guard let type = parts.first, type.contains("/") else { return nil }
            let weight = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }
            guard let weight else { return Range(type: type, quality: 1) }
            guard let quality = Double(weight.dropFirst(2)), (0...1).contains(quality) else { return nil }
            return Range(type: type, quality: quality)
        }
    }

    /// Whether the client would rather have the first: who takes everything alike, or says nothing, would not.
    func prefer(_ first: String, to second: String) -> Bool {
        quality(of: first) > quality(of: second)
    }

    /// Of the range that fits most closely.
    private func quality(of type: String) -> Double {
        let whole = type.prefix { $0 != "/" } + "/*"
        for pattern in [type[...], whole, "*/*"] {
            if let range = ranges.first(where: { $0.type.lowercased() == pattern }) { return range.quality }
        }
        return 0
    }
}

extension Substring {
    fileprivate var trimmingWhitespace: Substring {
        var rest = self
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
