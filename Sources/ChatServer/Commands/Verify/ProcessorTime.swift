import Foundation

/// The CPU time used by a process, from `/proc/<pid>/stat` (proc(5)).
struct ProcessorTime {
    private let pid: Int32

    /// Throws if it cannot be read.
    init(of pid: Int32) throws(CrowdRefusal) {
        self.pid = pid
        _ = try seconds()
    }

    func seconds() throws(CrowdRefusal) -> Double {
        #if os(Linux)
            let path = "/proc/\(pid)/stat"
            guard let stat = try? String(contentsOfFile: path, encoding: .utf8), let ticks = Self.ticks(in: stat) else {
                throw CrowdRefusal("--pid \(pid): no such process on this machine")
            }
            return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        #else
            throw CrowdRefusal("--pid works on Linux only: CPU time is read from /proc")
        #endif
    }

    /// `utime` and `stime`, fields 14 and 15. The second field, the name, may contain spaces and parentheses.
    static func ticks(in stat: String) -> Int? {
        guard let name = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return user + system
    }
}
