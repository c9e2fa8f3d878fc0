/// The files of a message in its log: a line for each, `<id> <type> <bytes> <width> <height> <name>`, with 0 for an
/// unknown width and height. Later versions may allow more files.
extension [SharedFile] {
    private static var mostLines: Int { 16 }

    package var wire: String {
        map { file in
            "\(file.id) \(file.type) \(file.bytes) \(file.size?.width ?? 0) \(file.size?.height ?? 0) \(file.name)"
        }.joined(separator: "\n")
    }

    /// Malformed ones were not written by us: then there are none.
    package init(wire: String) {
        self = []
        guard !wire.isEmpty else { return }
        let lines = wire.unicodeScalars.split(
            separator: "\n", maxSplits: Self.mostLines, omittingEmptySubsequences: false)
        let files = lines.compactMap { SharedFile(wire: String(String.UnicodeScalarView($0))) }
        if lines.count <= Self.mostLines, files.count == lines.count { self = files }
    }
}

extension SharedFile {
    fileprivate init?(wire line: String) {
        let words = line.fields(atMost: 6)
        guard words.count == 6, let id = FileID(words[0]), let type = SharedFile.MediaType(words[1]),
            let bytes = Int(words[2]), bytes > 0, let width = Int(words[3]), let height = Int(words[4]),
            let name = FileName(words[5])
        else { return nil }
        self.init(id: id, name: name, type: type, bytes: bytes, size: PixelSize(width: width, height: height))
    }
}
