/// The media types a client accepts (RFC 9110, section 12.5.1).
struct AcceptedTypes {
    private let ranges: WeightedValues

    /// - `fields`: the values of all `Accept` fields.
    init(_ fields: [String]) {
        ranges = WeightedValues(fields)
    }

    /// Whether the client prefers the first type. False if both are equally acceptable or it sent no preference.
    func prefer(_ first: String, to second: String) -> Bool {
        quality(of: first) > quality(of: second)
    }

    /// The quality of the most specific matching range.
    private func quality(of type: String) -> Double {
        ranges[type] ?? ranges[type.prefix { $0 != "/" } + "/*"] ?? ranges["*/*"] ?? 0
    }
}
