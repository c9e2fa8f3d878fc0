import ChatModel
import Files
import Testing

@Suite struct PictureSignatureTests {
    @Test func picturesAreToldByTheirFirstBytes() {
        func type(_ bytes: [UInt8], _ text: String = "") -> SharedFile.MediaType? {
            PictureSignature.type(of: bytes + Array(text.utf8))
        }
        #expect(type([0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
        #expect(type([0x89], "PNG\r\n\u{1A}\n") == .png)
        #expect(type([], "GIF89a") == .gif)
        #expect(type([], "RIFF\0\0\0\0WEBPVP8 ") == .webp)
        #expect(type([0, 0, 0, 0x20], "ftypavif\0\0\0\0") == .avif)
        #expect(type([0, 0, 0, 0x20], "ftypmif1\0\0\0\0miafavif") == .avif)
        for text in [
            "", "<svg xmlns=", "<!doctype html>", "%PDF-1.7", "GIF88a", "RIFF\0\0\0\0WAVE", "\0\0\0\0ftypmp42",
        ] {
            #expect(type([], text) == nil, "\(text)")
        }
    }
}
