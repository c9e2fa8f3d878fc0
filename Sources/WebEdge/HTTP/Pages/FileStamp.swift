#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// When a file was written last, and how long it is: looked at without opening it.
struct FileStamp: Hashable {
    let seconds: Int
    private let nanoseconds: Int
    private let size: Int

    /// Nil: it is not there.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        seconds = modified.tv_sec
        nanoseconds = modified.tv_nsec
        size = Int(status.st_size)
    }
}
