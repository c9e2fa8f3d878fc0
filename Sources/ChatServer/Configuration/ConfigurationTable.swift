/// The table of variables as people read it.
enum ConfigurationTable {
    /// For `webchat serve --help`.
    static var help: String {
        let entries = ConfigurationVariable.all.map { variable in
            "  \(variable.flag)  (default: \(variable.fallback))\n      \(variable.help)"
        }
        return """
            Each is also an environment variable, in upper case with underscores: --redis-url is REDIS_URL. The flag \
            wins; an empty variable counts as not set.

            \(entries.joined(separator: "\n"))
            """
    }

    /// For the README; a test compares them.
    static var markdown: String {
        let rows = ConfigurationVariable.all.map { variable in
            "| `\(variable.name)` | \(variable.fallback) | \(variable.help) |"
        }
        return (["| variable | default | what |", "|---|---|---|"] + rows).joined(separator: "\n")
    }
}
