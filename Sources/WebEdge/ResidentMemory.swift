import Foundation

/// How much memory the process holds.
enum ResidentMemory {
    private static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// In bytes; `nil` where the system does not tell.
    static func bytes() -> Int? {
        #if os(Linux)
            // proc_pid_statm(5): sizes in pages, the second is what is resident.
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
