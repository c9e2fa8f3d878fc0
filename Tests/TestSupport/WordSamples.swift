import Foundation

/// The table of names, texts and emoji that the page's tests read too: both sides go by the same rules.
package struct WordSamples: Decodable, Sendable {
    package struct Sample: Decodable, Sendable, CustomStringConvertible {
        package let given: String
        /// `nil`: it is refused.
        package let result: String?

        private enum CodingKeys: String, CodingKey { case given, name, text, emoji }

        package init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            given = try values.decode(String.self, forKey: .given)
            let results = [CodingKeys.name, .text, .emoji].filter(values.contains)
            result = try results.first.flatMap { try values.decodeIfPresent(String.self, forKey: $0) }
        }

        package var description: String {
            given.unicodeScalars.prefix(12).map { "U+" + String($0.value, radix: 16, uppercase: true) }
                .joined(separator: " ")
        }
    }

    /// A text that mentions a user of this name, or does not.
    package struct MentionSample: Decodable, Sendable, CustomStringConvertible {
        package let of: String
        package let given: String
        package let mentioned: Bool

        package var description: String { "\(of): \(given)" }
    }

    package let names: [Sample]
    package let texts: [Sample]
    package let emoji: [Sample]
    package let mentions: [MentionSample]

    package static let all: WordSamples = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Samples/words.json")
        do {
            return try JSONDecoder().decode(WordSamples.self, from: Data(contentsOf: file))
        } catch {
            fatalError("\(file.path()): \(error)")
        }
    }()
}
