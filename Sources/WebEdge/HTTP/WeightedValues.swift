/// The values of an `Accept…` field with their weights (RFC 9110, section 12.4.2).
struct WeightedValues {
    private let elements: [(value: String, weight: Double)]

    /// - `fields`: the values of all fields of one name. Malformed elements are ignored.
    init(_ fields: [String]) {
        elements = fields.joined(separator: ",").split(separator: ",").prefix(64).compactMap { element in
            let parts = element.split(separator: ";").map { $0.trimmed(\.isWhitespace).lowercased() }
            guard let value = parts.first else { return nil }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            guard let weight else { return (value, 1) }
            guard let number = Double(weight.dropFirst(2)), (0...1).contains(number) else { return nil }
            return (value, number)
        }
    }

    subscript(value: String) -> Double? { elements.first { $0.value == value }?.weight }

    /// For `Accept-Encoding`: gzip is acceptable and not less preferred than identity.
    var takesGzip: Bool {
        let gzip = self["gzip"] ?? self["x-gzip"] ?? self["*"] ?? 0
        return gzip > 0 && gzip >= (self["identity"] ?? 0)
    }
}
