/// What may stand for a reaction: one character that is shown as a picture.
///
/// The same picture may be written with and without a variation selector (U+FE0F). All are brought to one form, the one
/// that Unicode calls fully qualified (UTS #51, ED-18a), so that they are one reaction.
package enum Emoji {
    /// The longest of Unicode's own sequences have 35 bytes.
    package static let maximumBytes = 48
    private static let selector: Unicode.Scalar = "\u{FE0F}"
    private static let joiner: Unicode.Scalar = "\u{200D}"
    private static let key: Unicode.Scalar = "\u{20E3}"

    /// The one form of an emoji; `nil`: the text is none.
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

    /// Of any text: a selector behind each scalar that needs one to be a picture, and nowhere else.
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

    /// What may stand between joiners (UTS #51, ED-15a): a flag, a key, or an emoji with a skin tone or the letters of a
    /// region's flag.
    private static func isElement(_ element: some BidirectionalCollection<Unicode.Scalar>) -> Bool {
        guard let first = element.first, first.properties.isEmoji else { return false }
        let rest = Array(element.dropFirst())
        // A digit is a picture only on a key.
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
