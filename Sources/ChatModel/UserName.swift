import Foundation

/// A displayable name: trimmed, without marks at its beginning, in composed form (NFC), 1 to 32 characters with at least one visible, without control
/// characters, line breaks and bidirectional controls.
package struct UserName: Hashable, Sendable, CustomStringConvertible {
    /// In user-perceived characters (UAX #29).
    package static let maximumLength = 32
    /// Limits the combining marks, of which a character may carry any number.
    package static let maximumScalars = 4 * maximumLength

    package let description: String

    package init?(_ name: String) {
        let scalars = name.unicodeScalars
        guard let first = scalars.firstIndex(where: \.canBegin),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        let trimmed = scalars[first...last]
        guard trimmed.prefix(Self.maximumScalars + 1).count <= Self.maximumScalars,
            trimmed.allSatisfy(Self.mayAppear), trimmed.contains(where: \.isVisible)
        else { return nil }
        // Below U+0300 everything is already composed.
        let composed =
            trimmed.allSatisfy { $0.value < 0x300 }
            ? String(trimmed) : String(trimmed).precomposedStringWithCanonicalMapping
        // Composition makes some texts longer, so check again.
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
/// Which characters are visible. The page uses the same rules: `frontend/js/store/text.js`.
extension Unicode.Scalar {
    /// Whether it shows something on its own: not a space, a combining mark, a format character, or a blank that
    /// Unicode counts among letters and symbols.
    package var isVisible: Bool {
        if isASCII { return value > 0x20 && value < 0x7F }
        if properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint { return false }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .spaceSeparator, .lineSeparator, .paragraphSeparator, .nonspacingMark,
            .enclosingMark, .spacingMark:
            return false
        default:
            // Blank Braille pattern and null notehead.
            return value != 0x2800 && value != 0x1D159
        }
    }

    /// Whether a name may begin with it: a mark or a joiner would join what is before the name.
    var canBegin: Bool {
        if isASCII { return !properties.isWhitespace }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark: return false
        default: return !properties.isWhitespace && value != 0x200D
        }
    }

    /// C0, DEL and C1.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }

    /// Embeddings, overrides and isolates (UAX #9): they affect the text around them.
    var isBidirectionalControl: Bool {
        (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
}
