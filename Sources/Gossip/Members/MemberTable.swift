/// All other members, including those that are gone. Nodes with the same view have equal digests.
///
/// Independent of dictionary order: iteration goes over `live`, then `gone`.
package struct MemberTable: Sendable {
    private var byName: [String: Member] = [:]
    /// Alive and suspect members in probe order. New ones are inserted at random (SWIM, section 4.3), then the order is
    /// stable: a member is probed every n − 1 intervals, while shuffling after each round would allow up to 2n − 3.
    package private(set) var live: [String] = []
    /// Dead and left members, by the time they went.
    package private(set) var gone: [String] = []
    private(set) var suspects: [String] = []
    private(set) var digest = ViewDigest()
    private var nextProbed = 0

    package var count: Int { byName.count }
    package subscript(name: String) -> Member? { byName[name] }
    package var names: [String] { live + gone }

    /// Inserts or updates a member with its new standing.
    mutating func place(_ member: Member, using random: inout GossipRandom) {
        let old = byName.updateValue(member, forKey: member.name)
        if let old {
            count(old)
            if old.isLive != member.isLive || !member.isLive { unlist(old) }
        }
        count(member)
        suspects.removeAll { $0 == member.name }
        if member.record.status == .suspect { suspects.append(member.name) }
        if !member.isLive {
            bury(member)
        } else if old?.isLive != true {
            let position = Int.random(in: 0...live.count, using: &random)
            live.insert(member.name, at: position)
            if position < nextProbed { nextProbed += 1 }
        }
    }

    /// For changes that affect neither standing nor lists.
    mutating func update(_ name: String, _ change: (inout Member) -> Void) {
        guard byName[name] != nil else { return }
        change(&byName[name]!)
    }

    mutating func forget(_ name: String) {
        guard let member = byName.removeValue(forKey: name) else { return }
        count(member)
        unlist(member)
        suspects.removeAll { $0 == name }
    }

    /// Still known, but no longer reported.
    mutating func fade(_ name: String) {
        guard var member = byName[name], !member.isFading else { return }
        digest.toggle(member.record)
        member.isFading = true
        byName[name] = member
    }

    mutating func nextToProbe() -> String? {
        guard !live.isEmpty else { return nil }
        if nextProbed >= live.count { nextProbed = 0 }
        defer { nextProbed += 1 }
        return live[nextProbed]
    }

    // MARK: - Bookkeeping

    /// Toggles the member in the digest.
    private mutating func count(_ member: Member) {
        if !member.isFading { digest.toggle(member.record) }
    }

    private mutating func unlist(_ member: Member) {
        if member.isLive {
            guard let position = live.firstIndex(of: member.name) else { return }
            live.remove(at: position)
            if position < nextProbed { nextProbed -= 1 }
        } else {
            gone.removeAll { $0 == member.name }
        }
    }

    private mutating func bury(_ member: Member) {
        let since = member.goneSince ?? 0
        let earlier = gone.lastIndex { (byName[$0]?.goneSince ?? 0) <= since }
        gone.insert(member.name, at: earlier.map { $0 + 1 } ?? 0)
    }
}
