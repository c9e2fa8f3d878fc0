package import ChatModel

/// Tells from its first bytes whether a file is a picture of a type that browsers show within a page: so a page of HTML
/// or an SVG is never sent as one, whatever its sender calls it.
package enum PictureSignature {
    /// How many bytes to look at.
    package static let length = 32

    /// `nil`: none of these types.
    package static func type(of bytes: some Sequence<UInt8>) -> SharedFile.MediaType? {
        let bytes = Array(bytes.prefix(length))
        func has(_ wanted: [UInt8], at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: wanted) }
        func has(_ wanted: StaticString, at offset: Int = 0) -> Bool {
            has(wanted.withUTF8Buffer { Array($0) }, at: offset)
        }
        if has([0xFF, 0xD8, 0xFF]) { return .jpeg }
        if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if has("GIF87a") || has("GIF89a") { return .gif }
        if has("RIFF"), has("WEBP", at: 8) { return .webp }
        // A box `ftyp` (ISO/IEC 14496-12) with the brand among the first: it may be behind more general ones.
        if has("ftyp", at: 4) {
            let brands = [8, 16, 20, 24, 28]
            if brands.contains(where: { has("avif", at: $0) || has("avis", at: $0) }) { return .avif }
        }
        return nil
    }
}
