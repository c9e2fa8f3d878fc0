/// What a member is taken for. The order is the rank of precedence.
package enum MemberStatus: UInt8, Comparable, Sendable, CaseIterable {
    case alive, suspect, dead, left

    package var isLive: Bool { self <= .suspect }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How far a claim about a member reaches. A claim is believed if its standing is strictly greater than the one known:
/// that is the whole rule (SWIM, section 4.2, with generations before it).
package struct Standing: Hashable, Comparable, Sendable {
    /// One life of a node: wall-clock milliseconds of its start, or one more than the highest known of its name.
    package var generation: UInt64
    /// Raised by the member itself, and by nobody else, to refute an accusation.
    package var incarnation: UInt32
    package var status: MemberStatus

    package init(generation: UInt64, incarnation: UInt32, status: MemberStatus) {
        self.generation = generation
        self.incarnation = incarnation
        self.status = status
    }

    /// An accusation at the highest incarnation could not be refuted: there is none.
    var isRefutable: Bool { status == .alive || status == .left || incarnation < .max }

    package static func < (left: Self, right: Self) -> Bool {
        (left.generation, left.incarnation, left.status.rawValue)
            < (right.generation, right.incarnation, right.status.rawValue)
    }
}

/// A member as it introduces itself, and how it stands.
package struct MemberRecord: Hashable, Sendable {
    package let name: String
    /// Of the process, random: tells a node's own past from another process that uses its name.
    package let bootTag: UInt64
    package let address: GossipAddress
    package var standing: Standing

    package init(name: String, bootTag: UInt64, address: GossipAddress, standing: Standing) {
        self.name = name
        self.bootTag = bootTag
        self.address = address
        self.standing = standing
    }

    package var status: MemberStatus { standing.status }

    /// Names stand in keys and log lines: `[A-Za-z0-9._-]{1,64}`.
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

/// What nodes tell each other of a member.
package struct Claim: Hashable, Sendable {
    package static let maximumAccusers = 3

    package var record: MemberRecord
    /// Of one who is suspect, or died of it: who found it silent, at most three.
    package var accusers: [String] = []
    /// Of one who is gone: for how many seconds.
    package var goneSeconds: UInt32 = 0

    package init(_ record: MemberRecord, accusers: [String] = [], goneSeconds: UInt32 = 0) {
        self.record = record
        self.accusers = accusers
        self.goneSeconds = goneSeconds
    }
}
