import Foundation

/// A name as it may be shown: trimmed, in Unicode's composed form (NFC), 1 to 32 characters of which one at least can be
/// seen, without control characters, line breaks and what turns the direction of text around it.
package struct UserName: Hashable, Sendable, CustomStringConvertible {
    /// In characters as readers count them (UAX #29).
    package static let maximumLength = 32
    /// A character may carry any number of combining marks; a name may not.
    package static let maximumScalars = 4 * maximumLength

    package let description: String

    package init?(_ name: String) {
        let scalars = name.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        let trimmed = scalars[first...last]
        guard trimmed.prefix(Self.maximumScalars + 1).count <= Self.maximumScalars,
            trimmed.allSatisfy(Self.mayAppear), trimmed.contains(where: \.isVisible)
        else { return nil }
        // Below U+0300 everything is in composed form already.
        let composed =
            trimmed.allSatisfy { $0.value < 0x300 }
            ? String(trimmed) : String(trimmed).precomposedStringWithCanonicalMapping
        // A few characters are more in composed form, so it is measured too.
        guard composed.count <= Self.maximumLength, composed.unicodeScalars.count <= Self.maximumScalars else {
            return nil
        }
        self.description = composed
    }

    private static func mayAppear(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isControl || scalar.isBidirectionalControl { return false }
        switch scalar.properties.generalCategory {
        case .lineSeparator, .paragraphSeparator: return false
        default: return !scalar.properties.isNoncharacterCodePoint
        }
    }
}
/// Which characters readers see. The page goes by the same rules: `frontend/js/store/text.js`.
extension Unicode.Scalar {
    /// Whether something is shown for it by itself: no space, no mark upon another character, nothing that only steers
    /// how others are shown, and no blank that Unicode counts among letters and symbols.
    package var isVisible: Bool {
        if isASCII { return value > 0x20 && value < 0x7F }
        if properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint { return false }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .spaceSeparator, .lineSeparator, .paragraphSeparator, .nonspacingMark,
            .enclosingMark, .spacingMark:
            return false
        default:
            // Braille without dots, and a note without a head.
            return value != 0x2800 && value != 0x1D159
        }
    }

    /// C0, DEL and C1.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }

    /// Embeddings, overrides and isolates (UAX #9): they reach beyond the text that holds them.
    var isBidirectionalControl: Bool {
        (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
}
