import Foundation

/// A file's modification time and size, read without opening it.
///
/// Uses Foundation instead of `stat(2)`: several C modules declare `struct stat`, and which of them the compiler wants
/// imported depends on load order.
struct FileStamp: Hashable {
    private let modified: Date
    let size: Int

    /// `nil`: not a regular file. Symbolic links are followed.
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
