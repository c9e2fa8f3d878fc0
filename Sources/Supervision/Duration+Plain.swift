extension Duration {
    /// Rounded for people: `8 ms`, `2.5 s`, `31 s`, `5 min 6 s`, `3 h 12 min`.
    package var plain: String {
        let seconds = self / .seconds(1)
        if seconds < 0.9995 { return "\(Int(max(0, seconds) * 1_000 + 0.5)) ms" }
        if seconds < 10 {
            let tenths = Int(seconds * 10 + 0.5)
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        let total = components.seconds
        let parts = [(total / 86_400, "d"), (total / 3_600 % 24, "h"), (total / 60 % 60, "min"), (total % 60, "s")]
        return parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
