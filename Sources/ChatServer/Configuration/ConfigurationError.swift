/// Why the node does not start: one line that says which variable, what it was, and what it may be.
struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// - `value`: `nil` for a secret, which is never printed.
    init(variable: String, value: String?, mayBe: String) {
        let was = value.map { " is \"\(LogText.escaped($0))\", but" } ?? ""
        self.description = "\(variable)\(was) must be \(mayBe)"
    }
}
