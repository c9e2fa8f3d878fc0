import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing

/// The rules for names, texts and emoji: by the table that the page goes by too, and by words from all of Unicode.
@Suite struct WordsTests {
    private static func text(_ given: String) throws -> String? {
        var any = AnyText(seed: 1)
        let json = any.json(given)
        do throws(FrameError) {
            let chat = try ClientFrame(
                parsing: ByteBuffer(string: #"{"type":"chat","room":"r","key":"k","text":\#(json)}"#))
            guard case .chat(_, let text, _, _, _) = chat else { return nil }
            return text
        } catch {
            #expect(error.code == .badRequest && error.key == "k" && error.message.contains("visible"))
            return nil
        }
    }

    private static func scalars(_ text: String?) -> [Unicode.Scalar]? { text.map { Array($0.unicodeScalars) } }

    @Test(arguments: WordSamples.all.names)
    func namesAreAcceptedOrRejectedAsOnThePage(_ sample: WordSamples.Sample) {
        #expect(Self.scalars(UserName(sample.given)?.description) == Self.scalars(sample.result))
    }

    @Test(arguments: WordSamples.all.texts)
    func textsAreAcceptedOrRejectedAsOnThePage(_ sample: WordSamples.Sample) throws {
        let wanted = Self.scalars(sample.result)
        #expect(Self.scalars(try Self.text(sample.given)) == wanted)
        var any = AnyText(seed: 2)
        let json = any.json(sample.given)
        let edit = #"{"type":"edit","room":"r","key":"k","id":"1-1","text":\#(json)}"#
        let edited = try? ClientFrame(parsing: ByteBuffer(string: edit))
        if case .act(_, _, let text, _) = edited {
            #expect(Self.scalars(text) == wanted)
        } else {
            #expect(wanted == nil)
        }
        let plain = try? PlainFrame(parsing: ByteBuffer(string: #"{"type":"chat","text":\#(json)}"#))
        #expect(Self.scalars(plain?.text) == wanted)
    }

    @Test(arguments: WordSamples.all.emoji)
    func anEmojiHasOneFormAsOnThePage(_ sample: WordSamples.Sample) {
        #expect(Self.scalars(Emoji.one(sample.given)) == Self.scalars(sample.result))
    }

    @Test func acceptedUnicodeIsVisibleAndSelfContained() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var any = AnyText(seed: seed)
        for _ in 0..<2_000 {
            let given = any.anything(longest: 128)
            if let name = UserName(given)?.description {
                #expect(
                    UserName(name)?.description.unicodeScalars.elementsEqual(name.unicodeScalars) == true,
                    "seed \(seed)")
                #expect(name.unicodeScalars.contains { $0.isVisible }, "seed \(seed)")
                let first = name.unicodeScalars.first?.properties.generalCategory
                #expect(first != .nonspacingMark && first != .spacingMark && first != .enclosingMark, "seed \(seed)")
                #expect(name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "seed \(seed)")
            }
            guard let text = try Self.text(given) else { continue }
            #expect(text.unicodeScalars.contains { $0.isVisible }, "seed \(seed)")
            let controls = text.unicodeScalars.filter { $0.properties.generalCategory == .control }
            #expect(controls.allSatisfy { $0 == "\n" || $0 == "\t" }, "seed \(seed)")
            #expect(try Self.text(text)?.unicodeScalars.elementsEqual(text.unicodeScalars) == true, "seed \(seed)")
        }
    }

    @Test func onlyVisibleScalarsAreAcceptedAlone() throws {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isTaken = UserName(String(scalar)) != nil
            #expect(isTaken == scalar.isVisible, "U+\(String(value, radix: 16))")
        }
    }

    @Test func allFormsOfAnEmojiAreTheSame() {
        let seed = UInt64.random(in: 0 ... .max)
        var any = AnyText(seed: seed)
        for _ in 0..<2_000 {
            let given = any.emoji()
            guard let one = Emoji.one(given) else { continue }
            #expect(Emoji.one(one) == one && Emoji.normal(given) == one, "seed \(seed): \(given)")
        }
    }

    @Test(arguments: ["\u{1F600}", "\u{10FFFF}", "é", "\\", "\"", "a", "\n", "\u{2801}"])
    func anyValidTextFitsTheFrameWithAnyJSONEscapes(_ character: String) throws {
        var any = AnyText(seed: 3)
        let key = String(repeating: "\u{1F511}", count: ClientFrame.maximumKeyLength)
        let text = "a" + String(repeating: character, count: MessageText.maximumLength - 1)
        let room = any.room()
        let id = MessageID(ms: .max, seq: .max)
        let members = [
            ("type", "edit"), ("room", room.description), ("id", id.description), ("key", key), ("text", text),
        ].map { any.json($0.0, everythingEscaped: true) + ": " + any.json($0.1, everythingEscaped: true) }
        let frame = ByteBuffer(string: "{ " + members.joined(separator: ", ") + " }")
        #expect(frame.readableBytes <= 64 * 1024)
        #expect(try ClientFrame(parsing: frame) == .act(.edit(id), room: room, text: text, key: key))
    }
}
