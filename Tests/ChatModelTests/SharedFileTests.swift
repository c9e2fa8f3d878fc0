import ChatModel
import TestSupport
import Testing

@Suite struct SharedFileTests {
    private static let id = FileID(String(repeating: "a2", count: 13))!

    private static func file(_ name: FileName, _ type: SharedFile.MediaType, _ bytes: Int, _ size: PixelSize?)
        -> SharedFile
    {
        SharedFile(id: id, name: name, type: type, bytes: bytes, size: size)
    }

    @Test func onlyBase32OfOneLengthIsAnID() {
        for text in [
            "", "a", "../../../../../../etc/passwd", String(repeating: "a", count: 25),
            String(repeating: "a", count: 27),
            String(repeating: "A", count: 26), String(repeating: "1", count: 26),
            String(repeating: "a", count: 25) + "/",
            String(repeating: "a", count: 25) + ".", String(repeating: "a", count: 25) + "\0",
            String(repeating: "a", count: 24) + "é",
        ] { #expect(FileID(text) == nil, "\(text)") }
    }

    /// Names of any characters: what is left is one line without separators, and the same when it is read again.
    @Test func generatedNamesAreCleanedAndSurviveTheLog() throws {
        var generator = SeededGenerator(seed: 7)
        let pool = Array("ab. /\\\n\r\t\0\u{7F}\u{85}\u{2028}\u{202E}\u{2066}\u{200B}\u{301}é😀\"'%;=".unicodeScalars)
        for _ in 0..<5_000 {
            let scalars = (0..<Int.random(in: 0...140, using: &generator)).map { _ in
                pool.randomElement(using: &generator)!
            }
            let text = String(String.UnicodeScalarView(scalars))
            guard let name = FileName(text) else { continue }
            #expect(FileName(name.description) == name)
            #expect(name.description.unicodeScalars.count <= FileName.maximumLength)
            #expect(!name.description.contains { "/\\\n\r\0".contains($0) }, "\(text.debugDescription)")
            let files = [
                Self.file(name, .jpeg, 1, nil),
                Self.file(
                    name, try #require(SharedFile.MediaType("application/x-a+b")), .max,
                    PixelSize(width: 65_535, height: 1)),
            ]
            #expect([SharedFile](wire: files.wire) == files, "\(text.debugDescription)")
        }
        for none in ["", " ", "\u{200B}", ".", "..", "...", "/", "\n", String(repeating: "x", count: 129)] {
            #expect(FileName(none) == nil, "\(none.debugDescription)")
        }
        #expect(FileName(" ../../etc/passwd ")?.description == "....etcpasswd")
    }

    @Test func typesAreThoseOfTheStandardWithoutParameters() {
        for type in ["image/jpeg", "application/vnd.a+b", "text/x_y-z.1", "a/b"] {
            #expect(SharedFile.MediaType(type) != nil)
        }
        for type in [
            "", "/", "image", "image/", "/png", "Image/png", "image/png; q=1", "image/png\r\nX: y", "a/b/c", "a/+b",
            "a/" + String(repeating: "b", count: 100), "ä/b",
        ] { #expect(SharedFile.MediaType(type) == nil, "\(type)") }
        #expect(SharedFile.MediaType("image/svg+xml")?.isShown == false)
        #expect(SharedFile.MediaType("text/html")?.isShown == false)
    }

    @Test func whatNoNodeWritesIsNoFile() {
        let line = "\(Self.id) image/png 5 0 0 a.png"
        #expect([SharedFile](wire: line).count == 1)
        for wire in [
            "", " ", "\n", line + "\n", "\n" + line, line + "\n\n" + line, "x" + line, "\(Self.id) image/png 0 0 0 a",
            "\(Self.id) image/png -1 0 0 a", "\(Self.id) image/png 99999999999999999999 0 0 a",
            "\(Self.id) image/png 1 x 0 a", "\(Self.id) image 1 0 0 a", "\(Self.id) image/png 1 0 0 ",
            "\(Self.id) image/png 1 0 0", Array(repeating: line, count: 17).joined(separator: "\n"),
        ] { #expect([SharedFile](wire: wire).isEmpty, "\(wire)") }
    }
}
