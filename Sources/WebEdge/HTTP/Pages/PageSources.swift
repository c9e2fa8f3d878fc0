import Foundation

/// Reads what a page is made of, and notes how each file was found.
final class PageSources {
    /// By path from the directory; nil for what is not there.
    private(set) var stamps: [String: FileStamp?] = [:]
    private let root: String

    init(root: String) { self.root = root }

    func text(of path: String) throws(FoldedPage.Refusal) -> String {
        // Before it is read: what is written meanwhile is seen the next time.
        let stamp = FileStamp(of: root + path)
        stamps.updateValue(stamp, forKey: path)
        guard stamp != nil, let bytes = FileManager.default.contents(atPath: root + path),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw FoldedPage.Refusal(reason: "\(path): is not there, or no UTF-8") }
        return text
    }
}
