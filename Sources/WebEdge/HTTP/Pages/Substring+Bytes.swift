import Foundation

/// Scripts are searched by their bytes, as a browser does: by characters, it takes a hundred times as long, and a "*"
/// with an accent is another one.
extension Substring {
    /// - Parameter text: not empty.
    func firstRange(ofBytes text: StaticString) -> Range<Index>? {
        var searched = self
        let length = text.utf8CodeUnitCount
        let offset = searched.withUTF8 { bytes -> Int? in
            guard let start = bytes.baseAddress else { return nil }
            var offset = 0
            while offset + length <= bytes.count {
                let places = bytes.count - length - offset + 1
                guard let found = memchr(start + offset, Int32(text.utf8Start[0]), places) else { return nil }
                if memcmp(found, text.utf8Start, length) == 0 {
                    return UnsafeRawPointer(found) - UnsafeRawPointer(start)
                }
                offset = UnsafeRawPointer(found) - UnsafeRawPointer(start) + 1
            }
            return nil
        }
        guard let offset else { return nil }
        let start = utf8.index(startIndex, offsetBy: offset)
        return start..<utf8.index(start, offsetBy: length)
    }

    func contains(bytes text: StaticString) -> Bool { firstRange(ofBytes: text) != nil }
}
