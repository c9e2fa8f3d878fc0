/// What a person wrote, as it may travel: without control characters other than line feed and tab, and without what
/// turns the direction of text around it.
package enum MessageText {
    /// In Unicode scalars.
    package static let maximumLength = 4_000

    /// `nil`: too long. May be empty.
    static func cleaned(_ text: String) -> String? {
        var text = text
        if !text.utf8.allSatisfy(isHarmless) {
            text = String(String.UnicodeScalarView(text.unicodeScalars.filter(mayTravel)))
        }
        // Only a text with more bytes can have more scalars.
        guard text.utf8.count <= maximumLength || text.unicodeScalars.count <= maximumLength else { return nil }
        return text
    }

    /// Whether no scalar that must go can begin with this byte: those of UAX #9 begin with E2.
    private static func isHarmless(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0xE2 : byte == 0x0A || byte == 0x09
    }

    private static func mayTravel(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.value >= 0x20 || scalar == "\n" || scalar == "\t") && !scalar.isBidirectionalControl
    }
}
