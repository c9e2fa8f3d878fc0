/// Renders the settings table.
enum ConfigurationTable {
    /// For `webchat serve --help`.
    static var help: String {
        let entries = ConfigurationVariable.all.map { variable in
            "  \(variable.flag)  (default: \(variable.fallback))\n      \(variable.help)"
        }
        return """
            Each flag can also be set as an environment variable, in upper case with underscores: --redis-url is \
            REDIS_URL. Flags take precedence. Empty variables are ignored.

            \(entries.joined(separator: "\n"))
            """
    }
}
