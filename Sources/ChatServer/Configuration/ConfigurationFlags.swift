/// The flags of `webchat serve`, by the name of their variable. Their names come from the table, so swift-argument-parser,
/// which wants them declared one by one, hands them over unread.
struct ConfigurationFlags: Hashable {
    private(set) var values: [String: String] = [:]

    /// - `arguments`: `--name value` or `--name=value`; a switch stands alone.
    init(_ arguments: [String]) throws(ConfigurationError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let flag = parts.first,
                let variable = ConfigurationVariable.all.first(where: { $0.flag == String(flag) })
            else {
                // Without what follows "=": it may be a secret.
                let name = LogText.escaped(String(parts.first ?? ""))
                throw ConfigurationError("unknown argument \"\(name)\": see webchat serve --help")
            }
            let value: String
            if parts.count == 2 {
                value = String(parts[1])
            } else if variable.isSwitch {
                value = "on"
            } else if let next = rest.popFirst() {
                value = next
            } else {
                throw ConfigurationError("\(flag) lacks its value, which must be \(variable.mayBe)")
            }
            guard values.updateValue(value, forKey: variable.name) == nil else {
                throw ConfigurationError("\(flag) is given twice")
            }
        }
    }
}
