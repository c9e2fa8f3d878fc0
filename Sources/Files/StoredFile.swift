package import ChatModel

package struct StoredFile: Hashable, Sendable {
    package let id: FileID
    package let bytes: Int
    /// When it was stored: milliseconds since 1970, by the store's clock.
    package let storedAt: Int64

    package init(id: FileID, bytes: Int, storedAt: Int64) {
        self.id = id
        self.bytes = bytes
        self.storedAt = storedAt
    }

    /// How many bytes a file counts toward limits: even a tiny one takes a block and an inode. Capped, so that sums do
    /// not overflow, whatever size a disk reports.
    package static func charge(_ bytes: Int) -> Int { min(max(bytes, 16_384), 1 << 40) }

    var charge: Int { Self.charge(bytes) }

    /// The nearest `Int64`: a disk may have any time.
    static func milliseconds(seconds: Int64, nanoseconds: Int64) -> Int64 {
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let (sum, overflows) = whole.addingReportingOverflow(nanoseconds / 1_000_000)
        guard overflow || overflows else { return sum }
        return seconds < 0 ? .min : .max
    }
}
