/// Another node as this one knows it.
package struct Member: Sendable {
    package struct Accusation: Hashable, Sendable {
        package let accuser: String
        /// When this node heard of it.
        package let at: Microseconds
    }

    package var record: MemberRecord
    /// Why it is suspect or dead; empty again once it has refuted.
    package internal(set) var accusations: [Accusation] = []
    var suspicion: Suspicion?
    /// When it died or left.
    package internal(set) var goneSince: Microseconds?
    package internal(set) var roundTrip: Microseconds?
    /// What it tells of itself, as `NodeAttributes` reads it, and the how-manieth time it did so. Zero: not yet heard.
    package internal(set) var attributes: [UInt8] = []
    package internal(set) var attributesVersion: UInt32 = 0
    /// When it was last told what is thought of it.
    var toldAt: Microseconds?
    /// Gone so long that it is no longer told of.
    var isFading = false

    init(_ record: MemberRecord) {
        self.record = record
    }

    package var name: String { record.name }
    package var isLive: Bool { record.status.isLive }

    /// Each accuser counts once, and beyond the third none does.
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
