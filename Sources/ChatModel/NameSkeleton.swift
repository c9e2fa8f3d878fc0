import Foundation

/// What a name looks like, whichever letters it is written with: people take two names with one skeleton for the same.
///
/// Folded as for search. Then letters and digits of Latin, Greek and Cyrillic that look alike become one, and all but
/// letters and digits is dropped. After the skeletons of UTS #39, for these scripts only.
package struct NameSkeleton: Hashable, Sendable {
    private var letters: [Unicode.Scalar] = []

    package init(_ name: String) {
        // Most names: nothing to fold but case, and each hello asks.
        if name.utf8.allSatisfy({ $0 < 0x80 }) {
            letters.reserveCapacity(name.utf8.count)
            for byte in name.utf8 {
                let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                append(Unicode.Scalar(isCapital ? byte | 0x20 : byte))
            }
            return
        }
        var plain = String.UnicodeScalarView()
        for scalar in name.decomposedStringWithCompatibilityMapping.unicodeScalars {
            // Capitals first: Μ looks like m, its small letter μ like u.
            plain.append(Self.latin[scalar] ?? scalar)
        }
        for scalar in FoldedText.fold(String(plain)).unicodeScalars { append(Self.latin[scalar] ?? scalar) }
    }

    private mutating func append(_ letter: Unicode.Scalar) {
        switch (letters.last, letter) {
        case ("r", "n"): letters[letters.count - 1] = "m"
        case ("v", "v"): letters[letters.count - 1] = "w"
        case (_, "1"), (_, "l"), (_, "i"), (_, "|"): letters.append("l")
        case (_, "0"), (_, "o"): letters.append("o")
        case (_, "a"..."z"), (_, "2"..."9"): letters.append(letter)
        case (_, "@"): letters.append("a")
        // Letters by Unicode, commas and quotes by looks.
        case (_, "\u{A78B}"), (_, "\u{A78C}"), (_, "\u{A4F8}"..."\u{A4FD}"): break
        case _ where letter.isASCII: break
        default:
            // Modifier letters look like commas and quotes.
            let isLetter = letter.properties.isAlphabetic && letter.properties.generalCategory != .modifierLetter
            if isLetter || letter.properties.numericType != nil { letters.append(letter) }
        }
    }

    /// Whether it has no letter or digit.
    package var isEmpty: Bool { letters.isEmpty }

    /// Letters that look like others, and those they look like.
    private static let latin: [Unicode.Scalar: Unicode.Scalar] = {
        let pairs: [(others: String, latin: String)] = [
            // Greek capitals and small letters.
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "abezhikmnoptyxc"), ("αβγειηκμνορτυχωϲϳ", "abyeinkuvoptuxwcj"),
            // Cyrillic: what is alike in capitals and small letters, then by itself.
            ("АВЕКМНОРСТУХЅІЈԚԜҺӀ", "abekmhopctyxsijqwhi"), ("авекмнорстухѕіјԛԝһӏԁгѵ", "abekmhopctyxsijqwhidrv"),
            // Latin: dotless and script letters, bars, strokes, small capitals.
            ("ıɩɑɡǀ∣ⅼđħøł@", "iiagiildhola"), ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
        ]
        var table: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (others, latin) in pairs {
            for (other, letter) in zip(others.unicodeScalars, latin.unicodeScalars) { table[other] = letter }
        }
        // White on black, in circles and squares: Unicode has no compatibility mapping for them.
        for (offset, letter) in "abcdefghijklmnopqrstuvwxyz".unicodeScalars.enumerated() {
            for first in [0x1F150, 0x1F170] as [UInt32] {
                if let other = Unicode.Scalar(first + UInt32(offset)) { table[other] = letter }
            }
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
