/// Why the node does not start: one line with the setting, its value, and the allowed values.
struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// - `value`: `nil` for a secret, which is never printed.
    init(variable: String, value: String?, expected: String) {
        let was = value.map { " is \"\(LogText.escaped($0))\", but" } ?? ""
        self.description = "\(variable)\(was) must be \(expected)"
    }
}
