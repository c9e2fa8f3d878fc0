/// Formats a duration with its two largest units: `3d 4h`, `5m 6s`.
enum PlainDuration {
    static func text(seconds: Double) -> String {
        guard let total = Int(exactly: seconds.rounded(.down)), total >= 0 else { return "?" }
        let parts = [(total / 86_400, "d"), (total / 3_600 % 24, "h"), (total / 60 % 60, "m"), (total % 60, "s")]
        let first = min(parts.firstIndex { $0.0 > 0 } ?? 3, 2)
        return parts[first...].prefix(2).filter { $0.0 > 0 || $0.1 == "s" }.map { "\($0.0)\($0.1)" }
            .joined(separator: " ")
    }
}
