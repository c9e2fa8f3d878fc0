/// What may stand for a reaction: one character that is shown as a picture.
package enum Emoji {
    /// The longest of Unicode's own sequences have 35 bytes.
    package static let maximumBytes = 48

    package static func isOne(_ text: String) -> Bool {
        guard (1...maximumBytes).contains(text.utf8.count), text.count == 1 else { return false }
        let scalars = text.unicodeScalars
        guard let first = scalars.first, first.properties.isEmoji,
            // A digit is a picture only on a key.
            !first.isASCII || scalars.contains("\u{20E3}")
        else { return false }
        var isPicture = false
        for scalar in scalars {
            switch scalar.value {
            case 0xFE0F: isPicture = true
            // Zero width joiner, key, and the letters of a flag's region.
            case 0x200D, 0x20E3, 0xE0020...0xE007F: break
            default:
                guard scalar.properties.isEmoji else { return false }
                isPicture = isPicture || scalar.properties.isEmojiPresentation
            }
        }
        return isPicture
    }
}
