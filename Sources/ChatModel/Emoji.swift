/// Emoji allowed as reactions: a single character with emoji presentation.
///
/// The same emoji may come with or without variation selectors (U+FE0F). All are normalized to the fully qualified form
/// (UTS #51, ED-18a), so that they count as one reaction.
package enum Emoji {
    /// Unicode's longest sequences have 35 bytes.
    package static let maximumBytes = 48
    private static let selector: Unicode.Scalar = "\u{FE0F}"
    private static let joiner: Unicode.Scalar = "\u{200D}"
    private static let key: Unicode.Scalar = "\u{20E3}"

    /// The normalized emoji; `nil` if the text is not one.
    package static func one(_ text: String) -> String? {
        guard (1...maximumBytes).contains(text.utf8.count), text.count == 1 else { return nil }
        let scalars = text.unicodeScalars
        guard scalars.contains(where: { $0 == selector || $0.properties.isEmojiPresentation }),
            scalars.filter({ $0 != selector }).split(separator: joiner, omittingEmptySubsequences: false)
                .allSatisfy(isElement)
        else { return nil }
        let emoji = normal(text)
        return emoji.utf8.count <= maximumBytes ? emoji : nil
    }

    /// Adds a selector after each scalar that needs one for emoji presentation, and removes all others.
    package static func normal(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars.filter { $0 != selector })
        var normal = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            normal.append(scalar)
            let isToned = index + 1 < scalars.count && scalars[index + 1].properties.isEmojiModifier
            if scalar.properties.isEmoji, !scalar.properties.isEmojiPresentation, !isToned { normal.append(selector) }
        }
        return String(normal)
    }

    /// Whether it is valid between joiners (UTS #51, ED-15a): a flag, a keycap, or an emoji with a skin tone or a
    /// region's tag sequence.
    private static func isElement(_ element: some BidirectionalCollection<Unicode.Scalar>) -> Bool {
        guard let first = element.first, first.properties.isEmoji else { return false }
        let rest = Array(element.dropFirst())
        // A digit is an emoji only as a keycap.
        if first.isASCII { return rest == [key] }
        if rest.isEmpty { return true }
        if isLetterOfFlag(first) { return rest.count == 1 && isLetterOfFlag(rest[0]) }
        if first.value == 0x1F3F4, rest.last?.value == 0xE007F {
            return rest.allSatisfy { (0xE0020...0xE007F).contains($0.value) }
        }
        return rest.count == 1 && rest[0].properties.isEmojiModifier
    }

    private static func isLetterOfFlag(_ scalar: Unicode.Scalar) -> Bool {
        (0x1F1E6...0x1F1FF).contains(scalar.value)
    }
}
