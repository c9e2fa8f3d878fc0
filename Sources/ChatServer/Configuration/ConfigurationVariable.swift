import Operations
import WebEdge

/// One setting: its name, its allowed values, and where its value goes.
struct ConfigurationVariable: Sendable {
    /// As in the environment; the flag is the same in lower case with dashes.
    let name: String
    /// The default, as shown in `--help`.
    let fallback: String
    let help: String
    /// Completes the sentence "… must be".
    let expected: String
    let isSecret: Bool
    /// The flag takes no value.
    let isSwitch: Bool
    /// Stores the value. Returns `false` if the value is not allowed; throws when it can give a better error.
    let apply: @Sendable (String, inout NodeConfiguration) throws(ConfigurationError) -> Bool

    init(
        _ name: String, fallback: String, help: String, expected: String, isSecret: Bool = false,
        isSwitch: Bool = false,
        apply: @escaping @Sendable (String, inout NodeConfiguration) throws(ConfigurationError) -> Bool
    ) {
        self.name = name
        self.fallback = fallback
        self.help = help
        self.expected = expected
        self.isSecret = isSecret
        self.isSwitch = isSwitch
        self.apply = apply
    }

    var flag: String { "--" + name.lowercased().replacing("_", with: "-") }

    func set(_ value: String, in configuration: inout NodeConfiguration) throws(ConfigurationError) {
        guard try apply(value, &configuration) else {
            throw ConfigurationError(variable: name, value: isSecret ? nil : value, expected: expected)
        }
    }
}

extension ConfigurationVariable {
    static func number(
        _ name: String, in range: ClosedRange<Int>, fallback: String, help: String,
        set: @escaping @Sendable (inout NodeConfiguration, Int) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help,
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) { text, configuration in
            guard let number = Int(text), range.contains(number) else { return false }
            set(&configuration, number)
            return true
        }
    }

    static func seconds(
        _ name: String, fallback: String, help: String,
        set: @escaping @Sendable (inout NodeConfiguration, Duration) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help, expected: "a number of seconds from 0 to 3600"
        ) { text, configuration in
            guard let number = Double(text), (0...3_600).contains(number) else { return false }
            set(&configuration, .seconds(number))
            return true
        }
    }

    /// A path, host or other word without white space or control characters.
    static func toggle(
        _ name: String, fallback: String, help: String, set: @escaping @Sendable (inout NodeConfiguration, Bool) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help, expected: "one of on, off, 1, 0, true, false", isSwitch: true
        ) { text, configuration in
            switch text.lowercased() {
            case "1", "on", "true": set(&configuration, true)
            case "0", "off", "false": set(&configuration, false)
            default: return false
            }
            return true
        }
    }

    static func word(
        _ name: String, fallback: String, help: String, expected: String = "a file",
        set: @escaping @Sendable (inout NodeConfiguration, String) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(name, fallback: fallback, help: help, expected: expected) { text, configuration in
            guard !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F }) else { return false }
            set(&configuration, text)
            return true
        }
    }

    /// An address or host name without a port. Brackets around an IPv6 address are removed.
    static func host(
        _ name: String, fallback: String, help: String, expected: String = "an address or host name, without a port",
        accepts: @escaping @Sendable (String) -> Bool = { _ in true },
        set: @escaping @Sendable (inout NodeConfiguration, String) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help, expected: expected
        ) { text, configuration in
            let bare = HostPort.withoutBrackets(text)
            let place = bare.contains(":") ? "[\(bare)]:1" : "\(bare):1"
            guard (try? HostPort(place))?.host == bare, !bare.contains(":") || isIPv6(bare),
                accepts(bare)
            else { return false }
            set(&configuration, bare)
            return true
        }
    }

    /// Accepts an address with a zone.
    private static func isIPv6(_ host: String) -> Bool { IPAddress(String(host.prefix { $0 != "%" })) != nil }

    /// A comma-separated list.
    static func list<Element>(
        _ name: String, fallback: String, help: String, expected: String,
        element: @escaping @Sendable (String) -> Element?,
        set: @escaping @Sendable (inout NodeConfiguration, [Element]) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(name, fallback: fallback, help: help, expected: expected) { text, configuration in
            var elements: [Element] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let parsed = element(String(part.trimmingPrefix(" "))) else { return false }
                elements.append(parsed)
            }
            set(&configuration, elements)
            return true
        }
    }

    /// Names appear in keys, host names and logs.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
