import Foundation

/// The maximum number of open files and sockets of this process.
enum DescriptorLimit {
    /// More than any node needs. macOS rejects "unlimited".
    private static let ceiling: rlim_t = 1 << 20

    /// Raises the soft limit to the hard limit, which needs no privileges, and returns the resulting limit.
    static func raised() -> Int {
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        let wanted = min(limit.rlim_max, max(ceiling, limit.rlim_cur))
        if wanted > limit.rlim_cur {
            var raised = limit
            raised.rlim_cur = wanted
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(min(limit.rlim_cur, ceiling))
    }
}
