import Actors
import Supervision

/// What is restarted how often, and how soon what is away is tried again.
extension ConfigurationVariable {
    static let supervision = [
        restarts(
            "RESTARTS_CONNECTION", fallback: "5/10s",
            help: "restarts of one connection's actor within a time; one more closes its socket with 1011"
        ) { $0.actors.connectionRestarts = $1 },
        restarts(
            "RESTARTS_ROOM", fallback: "5/10s",
            help: "restarts of one room within a time; one more closes its members' sockets with 1011"
        ) { $0.actors.roomRestarts = $1 },
        backoff(
            "BACKOFF_REDIS", fallback: "100ms-1s",
            help:
                "random waits between attempts to reach Redis grow from the first to the second; with more than 1s a node "
                + "may need more than 2 s after Redis' return"
        ) { $0.redisBackoff = $1 },
        backoff(
            "BACKOFF_SERVICE", fallback: "200ms-5s",
            help: "the same before a service of the node that failed runs again"
        ) { $0.serviceBackoff = $1 },
    ]

    private static func restarts(
        _ name: String, fallback: String, help: String,
        set: @escaping @Sendable (inout NodeConfiguration, RestartIntensity) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help,
            mayBe: "a number from 0 to 1000 and a time up to 1h, such as \(fallback)"
        ) { text, configuration in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int(parts[0]), (0...1_000).contains(number),
                let window = duration(parts[1])
            else { return false }
            set(&configuration, RestartIntensity(number, in: window))
            return true
        }
    }

    private static func backoff(
        _ name: String, fallback: String, help: String,
        set: @escaping @Sendable (inout NodeConfiguration, Backoff) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: fallback, help: help,
            mayBe: "two times up to 1h, the shorter one first, such as \(fallback)"
        ) { text, configuration in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let base = duration(parts[0]), let cap = duration(parts[1]), base <= cap else {
                return false
            }
            set(&configuration, Backoff(base: base, cap: cap))
            return true
        }
    }

    /// `250ms`, `10s`, `5m`, `1h`: more than none, at most an hour.
    private static func duration(_ text: Substring) -> Duration? {
        let unit = text.drop { $0.isASCII && $0.isNumber }
        guard let number = Int(text[..<unit.startIndex]), (1...3_600_000).contains(number) else { return nil }
        let duration: Duration
        switch unit {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        case "h": duration = .seconds(number * 3_600)
        default: return nil
        }
        return duration <= .seconds(3_600) ? duration : nil
    }
}
