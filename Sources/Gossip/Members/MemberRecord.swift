/// A member's believed status, in ascending precedence.
package enum MemberStatus: UInt8, Comparable, Sendable, CaseIterable {
    case alive, suspect, dead, left

    package var isLive: Bool { self <= .suspect }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The precedence of a claim about a member. A claim wins if its standing is strictly greater than the known one; there
/// is no other rule (SWIM, section 4.2, extended by generations).
package struct Standing: Hashable, Comparable, Sendable {
    /// One run of a node: its start in wall-clock milliseconds, or one more than the highest known for its name.
    package var generation: UInt64
    /// Incremented only by the member itself, to refute an accusation.
    package var incarnation: UInt32
    package var status: MemberStatus

    package init(generation: UInt64, incarnation: UInt32, status: MemberStatus) {
        self.generation = generation
        self.incarnation = incarnation
        self.status = status
    }

    /// An accusation at the highest incarnation could not be refuted, so it is invalid.
    var isRefutable: Bool { status == .alive || status == .left || incarnation < .max }

    package static func < (left: Self, right: Self) -> Bool {
        (left.generation, left.incarnation, left.status.rawValue)
            < (right.generation, right.incarnation, right.status.rawValue)
    }
}

/// A member's identity, address and standing.
package struct MemberRecord: Hashable, Sendable {
    package let name: String
    /// A random number per process. Tells a node's previous incarnations from another process with the same name.
    package let bootTag: UInt64
    package internal(set) var address: GossipAddress
    package var standing: Standing

    package init(name: String, bootTag: UInt64, address: GossipAddress, standing: Standing) {
        self.name = name
        self.bootTag = bootTag
        self.address = address
        self.standing = standing
    }

    package var status: MemberStatus { standing.status }

    /// Names are used in keys and log lines: `[A-Za-z0-9._-]{1,64}`.
    package static func isValidName(_ name: some Collection<UInt8>) -> Bool {
        (1...64).contains(name.count)
            && name.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// What nodes report about a member.
package struct Claim: Hashable, Sendable {
    package static let maximumAccusers = 3

    package var record: MemberRecord
    /// For suspect or dead members: the nodes that it did not answer, at most three.
    package var accusers: [String] = []
    /// For members that are gone: seconds since then.
    package var goneSeconds: UInt32 = 0

    package init(_ record: MemberRecord, accusers: [String] = [], goneSeconds: UInt32 = 0) {
        self.record = record
        self.accusers = accusers
        self.goneSeconds = goneSeconds
    }
}
