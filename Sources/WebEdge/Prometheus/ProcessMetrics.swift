import Foundation
import Operations

/// Process metrics from the operating system, read at each scrape, under the standard names
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics). Unavailable ones are omitted.
enum ProcessMetrics {
    static func read(into text: inout TextFormat) {
        if let seconds = cpuSeconds() {
            text.write(.init("process_cpu_seconds_total", .counter, help: "User and system CPU time spent."), seconds)
        }
        if let limit = descriptorLimit() {
            text.write(.init("process_max_fds", .gauge, help: "Maximum number of open file descriptors."), limit)
        }
        #if os(Linux)
            if let status = ProcessStatus() {
                text.write(
                    .init("process_virtual_memory_bytes", .gauge, help: "Virtual memory size."), status.virtualBytes)
                text.write(
                    .init("process_resident_memory_bytes", .gauge, help: "Resident memory size."), status.residentBytes)
                text.write(
                    .init("process_start_time_seconds", .gauge, help: "Process start time since 1970."),
                    status.startTime)
            }
            if let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                // One of them is this directory, open while it is listed.
                text.write(
                    .init("process_open_fds", .gauge, help: "Number of open file descriptors."),
                    Double(descriptors.count - 1))
            }
        #endif
    }

    /// POSIX defines `clock(3)` in microseconds.
    private static func cpuSeconds() -> Double? {
        let microseconds = clock()
        return microseconds < 0 ? nil : Double(microseconds) / 1e6
    }

    /// The soft `RLIMIT_NOFILE`.
    private static func descriptorLimit() -> Double? {
        let limit = sysconf(Int32(_SC_OPEN_MAX))
        return limit < 0 ? nil : Double(limit)
    }
}

#if os(Linux)
    /// The fields of `/proc/self/stat` that we export (proc_pid_stat(5)).
    private struct ProcessStatus {
        let virtualBytes: Double
        let residentBytes: Double
        /// Seconds since 1970.
        let startTime: Double

        init?() {
            guard let line = Self.read("/proc/self/stat"), let nameEnd = line.lastIndex(of: ")") else { return nil }
            // The command name may contain spaces; the third field starts after its closing parenthesis.
            let fields = line[nameEnd...].dropFirst().split(separator: " ")
            func field(_ number: Int) -> Double? {
                fields.indices.contains(number - 3) ? Double(fields[number - 3]) : nil
            }
            guard let startTicks = field(22), let virtualBytes = field(23), let pages = field(24),
                let bootTime = Self.bootTime()
            else { return nil }
            self.virtualBytes = virtualBytes
            self.residentBytes = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
            self.startTime = bootTime + startTicks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        private static func bootTime() -> Double? {
            let line = read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
            return line.flatMap { Double($0.dropFirst("btime ".count)) }
        }

        private static func read(_ path: String) -> String? {
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        }
    }
#endif
