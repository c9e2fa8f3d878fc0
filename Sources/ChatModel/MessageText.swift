/// Cleans user text: removes control characters except line feed and tab, and characters that change the direction of
/// surrounding text.
package enum MessageText {
    /// In Unicode scalars.
    package static let maximumLength = 4_000

    /// `nil`: too long. May be empty.
    package static func cleaned(_ text: String) -> String? {
        var text = text
        if !text.withUTF8({ $0.allSatisfy(isHarmless) }) {
            text = String(String.UnicodeScalarView(text.unicodeScalars.filter(isAllowed)))
        }
        // There are never more scalars than bytes, which are cheaper to count.
        guard text.utf8.count <= maximumLength || text.unicodeScalars.count <= maximumLength else { return nil }
        return text
    }

    /// Whether no forbidden scalar begins with this byte: those of C1 begin with C2, those of UAX #9 with E2.
    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x0A: true
        case ..<0x20, 0x7F, 0xC2, 0xE2: false
        default: true
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        (!scalar.isControl || scalar == "\n" || scalar == "\t") && !scalar.isBidirectionalControl
    }
}
