#if DEBUG
    import Foundation

    /// A trap ends the process at once: before that, it says with which input. So does an input that takes too long.
    enum CrashReport {
        private static let capacity = 1 << 16
        private static let patience: UInt32 = 20
        nonisolated(unsafe) private static let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        nonisolated(unsafe) private static let name = UnsafeMutablePointer<CChar>.allocate(capacity: 64)
        nonisolated(unsafe) private static var count = 0

        static func arm() {
            remember([], of: "")
            for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM] {
                signal(number) { CrashReport.tell($0) }
            }
        }

        static func remember(_ input: [UInt8], of target: String) {
            count = min(input.count, capacity)
            input.withUnsafeBufferPointer { if let base = $0.baseAddress { bytes.update(from: base, count: count) } }
            strncpy(name, target, 63)
        }

        /// The most that this process has had.
        static var residentBytes: Int {
            var usage = rusage()
            #if canImport(Darwin)
                getrusage(RUSAGE_SELF, &usage)
                return usage.ru_maxrss
            #else
                getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                return usage.ru_maxrss << 10
            #endif
        }

        /// To be called again before the patience is over.
        static func expectProgress() { alarm(patience) }

        /// Does nothing that a signal handler may not: no allocation.
        private static func tell(_ number: Int32) {
            signal(number, SIG_DFL)
            write(2, number == SIGALRM ? "\ntoo slow: " : "\ncrash: ", number == SIGALRM ? 11 : 8)
            write(2, name, strlen(name))
            write(2, "\n    ", 5)
            var escaped: (UInt8, UInt8, UInt8, UInt8) = (0x5C, 0x78, 0, 0)
            for index in 0..<count {
                let byte = bytes[index]
                if (0x20..<0x7F).contains(byte), byte != 0x5C {
                    write(2, bytes + index, 1)
                } else {
                    escaped.2 = digit(byte >> 4)
                    escaped.3 = digit(byte & 15)
                    write(2, &escaped, 4)
                }
            }
            write(2, "\n", 1)
            raise(number)
        }

        private static func digit(_ nibble: UInt8) -> UInt8 {
            nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
        }
    }
#endif
