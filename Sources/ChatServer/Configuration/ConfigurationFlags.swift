/// The flags of `webchat serve`, keyed by setting name. The settings table defines them; swift-argument-parser would
/// need each one declared, so it passes them through unparsed.
struct ConfigurationFlags: Hashable {
    private(set) var values: [String: String] = [:]

    /// - `arguments`: `--name value` or `--name=value`; a switch takes no value.
    init(_ arguments: [String]) throws(ConfigurationError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let flag = parts.first,
                let variable = ConfigurationVariable.all.first(where: { $0.flag == String(flag) })
            else {
                // Drop everything after "=": it may be a secret.
                let name = LogText.escaped(String(parts.first ?? ""))
                throw ConfigurationError("unknown argument \"\(name)\": run webchat serve --help for a list")
            }
            let value: String
            if parts.count == 2 {
                value = String(parts[1])
            } else if variable.isSwitch {
                value = "on"
            } else if let next = rest.popFirst() {
                value = next
            } else {
                throw ConfigurationError("\(flag) needs a value: \(variable.expected)")
            }
            guard values.updateValue(value, forKey: variable.name) == nil else {
                throw ConfigurationError("\(flag) is set twice: remove one")
            }
        }
    }
}
