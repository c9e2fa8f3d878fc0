/// Which of a Redis Cluster's 16,384 slots a key or channel belongs to
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec, "Key distribution model").
package enum RedisSlot {
    package static let count = 16_384

    /// Of the text between the first `{` and the next `}`, unless there is none; otherwise of the whole key.
    package static func of(_ key: String) -> Int {
        var key = key
        return key.withUTF8 { bytes in
            guard let open = bytes.firstIndex(of: UInt8(ascii: "{")),
                let close = bytes[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
            else { return of(bytes[...]) }
            return of(bytes[(open + 1)..<close])
        }
    }

    private static func of(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        var crc: UInt16 = 0
        for byte in bytes { crc = crc << 8 ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] }
        return Int(crc) % count
    }

    /// CRC-16/XMODEM: polynomial 0x1021, initially 0.
    private static let table: [UInt16] = (0..<256).map { (index: UInt16) in
        (0..<8).reduce(index << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }
}
