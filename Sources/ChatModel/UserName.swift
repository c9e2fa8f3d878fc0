import Foundation

/// A name as it may be shown: trimmed, in Unicode's composed form (NFC), 1 to 32 characters, without control
/// characters, line breaks and what turns the direction of text around it.
package struct UserName: Hashable, Sendable, CustomStringConvertible {
    package static let maximumLength = 32
    /// A character may carry any number of combining marks; a name may not.
    private static let maximumScalars = 4 * maximumLength

    package let description: String

    package init?(_ name: String) {
        let scalars = name.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        let trimmed = scalars[first...last]
        guard trimmed.prefix(Self.maximumScalars + 1).count <= Self.maximumScalars,
            trimmed.allSatisfy(Self.mayAppear)
        else { return nil }
        // Below U+0300 everything is in composed form already.
        let composed =
            trimmed.allSatisfy { $0.value < 0x300 }
            ? String(trimmed) : String(trimmed).precomposedStringWithCanonicalMapping
        guard composed.count <= Self.maximumLength else { return nil }
        self.description = composed
    }

    private static func mayAppear(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isBidirectionalControl { return false }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .unassigned: return false
        default: return true
        }
    }
}

extension Unicode.Scalar {
    /// Embeddings, overrides and isolates (UAX #9): they reach beyond the text that holds them.
    var isBidirectionalControl: Bool {
        (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
}
