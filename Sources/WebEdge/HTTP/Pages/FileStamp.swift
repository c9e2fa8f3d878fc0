import Foundation

/// When a file was last written and how long it is, without opening it.
///
/// By Foundation, not `stat(2)`: several C modules declare `struct stat`, and which of them the compiler asks to be
/// imported depends on the order in which it loads them.
struct FileStamp: Hashable {
    private let modified: Date
    let size: Int

    /// Nil: it does not exist, or is not a regular file. Symbolic links are followed.
    init?(of path: String) {
        guard let target = realpath(path, nil) else { return nil }
        defer { free(target) }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: String(cString: target)),
            attributes[.type] as? FileAttributeType == .typeRegular,
            let modified = attributes[.modificationDate] as? Date,
            let size = attributes[.size] as? Int
        else { return nil }
        self.modified = modified
        self.size = size
    }
}
