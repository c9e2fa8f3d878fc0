package import ChatModel

/// Words from all of Unicode, by a seed: every ASCII punctuation mark, controls, marks, right-to-left letters, emoji,
/// what cannot be seen, and anything else; of one character, of the longest length, and in between.
package struct AnyText {
    package var generator: SeededGenerator

    private static let awkward: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0x20...0x7E, 0x00...0x1F, 0x7F...0x9F, 0xA0...0x24F, 0x300...0x36F, 0x590...0x6FF, 0x900...0x97F,
        0x1100...0x11FF, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x2800...0x2801, 0x3164...0x3164,
        0xAC00...0xD7A3, 0xE000...0xE010, 0xFB1D...0xFB4F, 0xFE00...0xFE0F, 0xFFA0...0xFFA0, 0xFFF0...0xFFFF,
        0x1D157...0x1D17A, 0x1F1E6...0x1F1FF, 0x1F300...0x1F64F, 0x1F3FB...0x1F3FF, 0xE0000...0xE007F,
        0x10FFF0...0x10FFFF,
    ]
    private static let pictures: [[UInt32]] = [
        [0x1F44D], [0x2764, 0xFE0F], [0x1F469, 0x200D, 0x1F469, 0x200D, 0x1F467], [0x1F44D, 0x1F3FD],
        [0x1F1E9, 0x1F1EA], [0x31, 0xFE0F, 0x20E3], [0x1F3F3, 0xFE0F, 0x200D, 0x1F308],
        [0x1F575, 0x1F3FD, 0x200D, 0x2642, 0xFE0F],
        [0x1F3F4, 0xE0067, 0xE0062, 0xE0065, 0xE006E, 0xE0067, 0xE007F],
    ]

    package init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    package mutating func scalar() -> Unicode.Scalar {
        while true {
            let ranges = Self.awkward + [0...0x10FFFF]
            let value = UInt32.random(in: ranges.randomElement(using: &generator) ?? 0x20...0x7E, using: &generator)
            if let scalar = Unicode.Scalar(value) { return scalar }
        }
    }

    /// Anything at all, of so many scalars.
    package mutating func string(_ count: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<count { scalars.append(scalar()) }
        return String(scalars)
    }

    /// Mostly 1 to `longest` scalars, often the shortest or the longest.
    package mutating func anything(longest: Int) -> String {
        let count =
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: 1
            case 1: longest
            case 2: longest + 1
            default: Int.random(in: 1...min(longest, 40), using: &generator)
            }
        return string(count)
    }

    /// An emoji, in one of the forms in which keyboards write it.
    package mutating func emoji() -> String {
        var scalars = String.UnicodeScalarView()
        let selector: Unicode.Scalar = "\u{FE0F}"
        for value in Self.pictures.randomElement(using: &generator) ?? [0x1F44D] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            scalars.append(scalar)
            if scalar.properties.isEmoji, scalar.value > 0x7F, Int.random(in: 0..<4, using: &generator) == 0 {
                scalars.append(selector)
            }
        }
        return String(scalars)
    }

    /// A room that may be.
    package mutating func room() -> RoomName {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        let length = [1, RoomName.maximumLength, 7].randomElement(using: &generator) ?? 1
        var name = String(letters.randomElement(using: &generator) ?? "a")
        while name.count < length { name.append((letters + ["-", "_"]).randomElement(using: &generator) ?? "-") }
        guard let room = RoomName(name) else { preconditionFailure("\(name) is a room's name") }
        return room
    }

    /// A string in JSON, each character in one of the forms that RFC 8259 has for it.
    package mutating func json(_ string: String, everythingEscaped: Bool = false) -> String {
        var json = "\""
        for scalar in string.unicodeScalars {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if !mustEscape, !everythingEscaped, Bool.random(using: &generator) {
                json.unicodeScalars.append(scalar)
                continue
            }
            if !everythingEscaped, let short = Self.shortEscapes[scalar], Bool.random(using: &generator) {
                json += short
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return json + "\""
    }

    private static let shortEscapes: [Unicode.Scalar: String] = [
        "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    ]
}
