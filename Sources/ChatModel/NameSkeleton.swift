import Foundation

/// What a name looks like, whichever letters it is written with: people take two names with one skeleton for the same.
///
/// Folded as for search. Then letters and digits of Latin, Greek and Cyrillic that look alike become one, and all but
/// letters and digits is dropped. After the skeletons of UTS #39, for these scripts only.
package struct NameSkeleton: Hashable, Sendable {
    private let text: String

    package init(_ name: String) {
        var plain = String.UnicodeScalarView()
        for scalar in name.decomposedStringWithCompatibilityMapping.unicodeScalars {
            // Capitals first: Μ looks like m, its small letter μ like u.
            plain.append(Self.latin[scalar] ?? scalar)
        }
        var skeleton = ""
        for scalar in FoldedText.fold(String(plain)).unicodeScalars {
            switch scalar {
            case "1", "l", "i", "|": skeleton.append("l")
            case "0", "o": skeleton.append("o")
            default:
                let letter = Self.latin[scalar] ?? scalar
                if letter.properties.isAlphabetic || letter.properties.numericType != nil {
                    skeleton.unicodeScalars.append(letter)
                }
            }
        }
        text = skeleton.replacing("rn", with: "m").replacing("vv", with: "w")
    }

    /// Whether it has no letter or digit.
    package var isEmpty: Bool { text.isEmpty }

    /// Letters that look like others, and those they look like.
    private static let latin: [Unicode.Scalar: Unicode.Scalar] = {
        let pairs: [(others: String, latin: String)] = [
            // Greek capitals and small letters.
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "abezhikmnoptyxc"), ("αβγειηκμνορτυχωϲϳ", "abyeinkuvoptuxwcj"),
            // Cyrillic: what is alike in capitals and small letters, then by itself.
            ("АВЕКМНОРСТУХЅІЈԚԜҺӀ", "abekmhopctyxsijqwhi"), ("авекмнорстухѕіјԛԝһӏԁгѵ", "abekmhopctyxsijqwhidrv"),
            // Latin: dotless and script letters, bars.
            ("ıɩɑɡǀ∣ⅼ", "iiagiil"),
        ]
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (others, latin) in pairs {
            for (other, letter) in zip(others.unicodeScalars, latin.unicodeScalars) { table[other] = letter }
        }
        return table
    }()
}

/// Names that guests cannot have for themselves, because people would trust them: who takes one is shown as a guest.
package struct ReservedNames: Sendable {
    package static let usual = [
        "admin", "administrator", "moderator", "operator", "root", "support", "system", "webchat",
    ]

    private let skeletons: Set<NameSkeleton>

    package init(_ names: [String] = usual) {
        skeletons = Set(names.map { NameSkeleton($0) }.filter { !$0.isEmpty })
    }

    /// The name of a guest as others see it.
    package func shown(_ name: String) -> String {
        guard skeletons.contains(NameSkeleton(name)) else { return name }
        let mark = " (guest)"
        return UserName(name.prefix(UserName.maximumLength - mark.count) + mark)?.description ?? "guest"
    }
}
