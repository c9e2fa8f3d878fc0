/// Another node in this node's view of the cluster.
package struct Member: Sendable {
    package struct Accusation: Hashable, Sendable {
        package let accuser: String
        /// When this node learned of it.
        package let at: Microseconds
    }

    package var record: MemberRecord
    /// Why it is suspect or dead; cleared when it refutes.
    package internal(set) var accusations: [Accusation] = []
    var suspicion: Suspicion?
    /// When it died or left.
    package internal(set) var goneSince: Microseconds?
    package internal(set) var roundTrip: Microseconds?
    /// Its latest `NodeAttributes`, encoded, and their version. Zero: none received yet.
    package internal(set) var attributes: [UInt8] = []
    package internal(set) var attributesVersion: UInt32 = 0
    /// The address it last sent from, if different from its announced one: it may have moved without noticing.
    var spokeFrom: GossipAddress?
    /// When it was last told what others believe about it.
    var toldAt: Microseconds?
    /// Gone for so long that it is no longer reported.
    var isFading = false

    init(_ record: MemberRecord) {
        self.record = record
    }

    package var name: String { record.name }
    package var isLive: Bool { record.status.isLive }

    /// Each accuser counts once, up to three.
    mutating func accuse(_ accusers: [String], at now: Microseconds) -> Bool {
        var isNew = false
        for accuser in accusers where accusations.count < Claim.maximumAccusers {
            guard !accusations.contains(where: { $0.accuser == accuser }) else { continue }
            if !accusations.isEmpty { suspicion?.confirm() }
            accusations.append(Accusation(accuser: accuser, at: now))
            isNew = true
        }
        return isNew
    }

    func claim(at now: Microseconds) -> Claim {
        let goneSeconds = goneSince.map { UInt32(clamping: (now - $0) / 1_000_000) } ?? 0
        return Claim(record, accusers: accusations.map(\.accuser), goneSeconds: goneSeconds)
    }
}
