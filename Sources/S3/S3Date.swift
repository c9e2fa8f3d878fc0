/// Times as S3 writes them, in UTC. Days are counted as in H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
enum S3Date {
    private static let lastSecond: Int64 = 253_402_300_799

    /// `20130524T000000Z`
    /// - `seconds`: since 1970; before or after the years 1970 to 9999, the first or last second of them.
    static func stamp(_ seconds: Int64) -> String {
        let second = min(max(0, seconds), lastSecond) % 86_400
        return "\(day(seconds))T\(padded(second / 3_600, 2))\(padded(second / 60 % 60, 2))\(padded(second % 60, 2))Z"
    }

    /// `20130524`
    static func day(_ seconds: Int64) -> String {
        let days = min(max(0, seconds), lastSecond) / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))\(padded(month, 2))\(padded(dayOfYear - (153 * march + 2) / 5 + 1, 2))"
    }

    /// Reads `2009-10-12T17:50:30.000Z`.
    /// - Returns: milliseconds since 1970; `nil`: it is not a time.
    static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        let form = Array("dddd-dd-ddTdd:dd:dd".utf8)
        guard bytes.count > form.count, bytes.last == UInt8(ascii: "Z") else { return nil }
        let isTime = zip(bytes, form).allSatisfy { byte, wanted in
            wanted == UInt8(ascii: "d") ? byte.isDigit : byte == wanted
        }
        guard isTime else { return nil }
        let parts = bytes.prefix(form.count).split { !$0.isDigit }.map {
            $0.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
        }
        let (year, month, day) = (parts[0], parts[1], parts[2])
        guard (1...12).contains(month), (1...31).contains(day), parts[3] < 24, parts[4] < 60, parts[5] <= 60 else {
            return nil
        }
        var milliseconds: Int64 = 0
        let rest = bytes[form.count..<bytes.count - 1]
        if !rest.isEmpty {
            guard rest.first == UInt8(ascii: "."), rest.dropFirst().allSatisfy(\.isDigit) else { return nil }
            let digits = Array(rest.dropFirst().prefix(3)) + [48, 48, 48]
            milliseconds = digits.prefix(3).reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        let shifted = month <= 2 ? year + 399 : year + 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let yearOfEra = shifted % 400
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = shifted / 400 * 146_097 + dayOfEra - 146_097 - 719_468
        return (days * 86_400 + parts[3] * 3_600 + parts[4] * 60 + parts[5]) * 1_000 + milliseconds
    }

    private static func padded(_ number: Int64, _ length: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, length - text.count)) + text
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
