/// A node's UDP address. Stored as integers, because it is copied and compared often.
package struct GossipAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    private let isV6: Bool
    package let port: UInt16

    /// - `bytes`: an IPv4 (4) or IPv6 (16) address in network order; `nil` for any other length.
    package init?(_ bytes: some Collection<UInt8>, port: UInt16) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        self.high = high
        self.low = low
        self.isV6 = bytes.count == 16
        self.port = port
    }

    package var bytes: [UInt8] {
        let v6 = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: high >> $0) }
        let v4 = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: low >> $0) }
        guard isV6 else { return v4 }
        return v6 + stride(from: 56, through: 32, by: -8).map { UInt8(truncatingIfNeeded: low >> $0) } + v4
    }
}
