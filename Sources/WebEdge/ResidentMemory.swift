import Foundation

/// The process' resident memory.
enum ResidentMemory {
    private static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// In bytes; `nil` if the system does not report it.
    static func bytes() -> Int? {
        #if os(Linux)
            // proc_pid_statm(5): sizes in pages; the second field is the resident size.
            guard let text = FileManager.default.contents(atPath: "/proc/self/statm"),
                let pages = String(decoding: text, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap({
                    Int($0)
                })
            else { return nil }
            return pages * pageBytes
        #else
            return nil
        #endif
    }
}
