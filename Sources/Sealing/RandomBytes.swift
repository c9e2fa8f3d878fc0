#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Random bytes for keys, salts and ids, from the operating system.
package enum RandomBytes {
    private static let maximum = 256

    /// One system call, where Swift's generator takes one for every eight bytes.
    package static func make(_ count: Int) -> [UInt8] {
        precondition((0...maximum).contains(count), "getentropy gives at most \(maximum) bytes, not \(count)")
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
            guard getentropy(bytes.baseAddress, count) == 0 else { preconditionFailure("getentropy: errno \(errno)") }
            initialized = count
        }
    }
}
