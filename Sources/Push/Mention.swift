/// Finds mentions of a user: "@" and the name in any case, as a whole word. The page has the same
/// (`mentionOf` in `text.js`); a table of samples keeps both equal.
struct Mention: Sendable {
    private let name: [Unicode.Scalar]

    init(_ name: String) {
        self.name = name.unicodeScalars.map(\.folded)
    }

    func isIn(_ text: String) -> Bool {
        guard !name.isEmpty else { return false }
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() where scalar == "@" {
            if index > 0, scalars[index - 1].isWordPart { continue }
            let rest = scalars[(index + 1)...]
            guard rest.count >= name.count, zip(rest, name).allSatisfy({ $0.folded == $1 }) else { continue }
            if rest.count == name.count || !rest[rest.startIndex + name.count].isWordPart { return true }
        }
        return false
    }
}

extension Unicode.Scalar {
    /// Simple case folding, as the regular expressions of browsers do it.
    fileprivate var folded: Unicode.Scalar {
        // Its upper case is that of "i", which it is not.
        if value == 0x131 { return self }
        let upper = properties.uppercaseMapping.unicodeScalars
        let one = upper.count == 1 ? upper[upper.startIndex] : self
        let lower = one.properties.lowercaseMapping.unicodeScalars
        return lower.count == 1 ? lower[lower.startIndex] : one
    }

    fileprivate var isWordPart: Bool {
        if self == "_" { return true }
        return switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
