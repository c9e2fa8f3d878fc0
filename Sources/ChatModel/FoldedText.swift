import Foundation

/// Text folded for search: ignores case, width and marks (`docs/protocol.md`, section 11). The page highlights matches
/// by the same rules: `frontend/js/extras/folding.js`.
package struct FoldedText: Hashable, Sendable {
    /// Zero-terminated, for C.
    private let bytes: [CChar]

    package init(_ text: String) {
        self.init(folded: Self.fold(text))
    }

    init(folded text: String) {
        bytes = Array(text.utf8CString)
    }

    /// The cost of comparing, in bytes.
    package var byteCount: Int { bytes.count }

    /// Linear time for any pattern.
    package func contains(_ part: FoldedText) -> Bool {
        strstr(bytes, part.bytes) != nil
    }

    static func fold(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        var folded = String.UnicodeScalarView()
        for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars where !isIgnored(scalar) {
            if scalar.properties.changesWhenCaseMapped {
                // Uppercase and back unifies ẞ, ß and ss, and Σ, σ and ς.
                let lowercase = scalar.properties.lowercaseMapping.uppercased().lowercased()
                folded.append(contentsOf: lowercase.unicodeScalars)
            } else {
                folded.append(scalar)
            }
        }
        // Recompose: part of a letter must not match, as か in が.
        return String(folded).precomposedStringWithCanonicalMapping
    }

    /// Marks that readers omit when searching, and invisible characters. Not marks that make a different letter, as in
    /// Japanese, Thai and Indic scripts.
    private static func isIgnored(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0xAD: false
        // Latin, Greek and Cyrillic accents; Hebrew points; Arabic vowels; more accents.
        case 0x0300...0x036F, 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7, 0x0610...0x061A,
            0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF,
            0xFE20...0xFE2F:
            true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
