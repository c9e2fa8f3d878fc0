/// A 256-byte digest of a view. Nodes compare digests and send only the buckets that differ, so an exchange between
/// nodes that agree has a constant cost.
package struct ViewDigest: Hashable, Sendable {
    package static let bucketCount = 64

    /// The XOR of the standings in each bucket.
    package private(set) var buckets: [UInt32]

    package init() {
        buckets = [UInt32](repeating: 0, count: Self.bucketCount)
    }

    /// - `buckets`: exactly `bucketCount` numbers.
    init(buckets: [UInt32]) {
        precondition(buckets.count == Self.bucketCount, "wrong number of buckets: \(buckets.count)")
        self.buckets = buckets
    }

    /// Adds a member, or removes it again.
    mutating func toggle(_ record: MemberRecord) {
        var hash = StableHash()
        hash.combine(record.name)
        hash.combine(record.standing.generation)
        hash.combine(UInt64(record.standing.incarnation) << 8 | UInt64(record.status.rawValue))
        buckets[Self.bucket(of: record.name)] ^= UInt32(truncatingIfNeeded: hash.value)
    }

    static func bucket(of name: String) -> Int {
        var hash = StableHash()
        hash.combine(name)
        return Int(hash.value % UInt64(bucketCount))
    }

    /// The buckets in which two views differ.
    func difference(from other: ViewDigest) -> Set<Int> {
        Set(buckets.indices.filter { buckets[$0] != other.buckets[$0] })
    }
}
