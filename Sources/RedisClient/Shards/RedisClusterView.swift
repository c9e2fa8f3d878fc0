internal import Operations

/// What one node of a Redis Cluster says about the primaries: the answer to `CLUSTER NODES`. A pure value.
///
/// That and not `CLUSTER SHARDS`, because it has the configuration epochs: where two nodes disagree about a slot, the
/// later epoch is right (Redis Cluster specification, "Configuration handling").
struct RedisClusterView {
    struct Primary: Equatable {
        /// The node's own, whatever its address.
        var id: String
        var address: HostPort
        var epoch: UInt64
        var slots: [ClosedRange<Int>]
    }

    private(set) var primaries: [Primary] = []
    /// All nodes, replicas too: where else to ask.
    private(set) var nodes: [HostPort] = []
    /// Of all nodes: two views without a common one are of different clusters.
    private(set) var ids: Set<String> = []

    private static let mostNodes = 2_000

    /// - Parameters:
    ///   - asked: the address of the node that answered, in case it does not know its own.
    ///   - prefersNames: whether to use a node's host name, if it has one: for certificates.
    /// - Returns: `nil` if this is no answer to `CLUSTER NODES`.
    init?(_ text: String, asked: HostPort, prefersNames: Bool) {
        for line in text.split(whereSeparator: \.isNewline).prefix(Self.mostNodes) {
            let words = line.split(separator: " ")
            guard words.count >= 8, let epoch = UInt64(words[6]) else { return nil }
            let flags = words[2].split(separator: ",")
            ids.insert(String(words[0]))
            guard !flags.contains("noaddr"), !flags.contains("handshake"),
                let address = Self.address(words[1], asked: asked, prefersNames: prefersNames)
            else { continue }
            if !flags.contains("fail") { nodes.append(address) }
            guard flags.contains("master") else { continue }
            let slots = words[8...].compactMap { Self.slots($0) }
            if !slots.isEmpty {
                primaries.append(Primary(id: String(words[0]), address: address, epoch: epoch, slots: slots))
            }
        }
        if nodes.isEmpty { return nil }
    }

    /// `ip:port@busport[,hostname[,auxiliary=value]…]`; the address is missing where the node was not told its own.
    private static func address(_ word: Substring, asked: HostPort, prefersNames: Bool) -> HostPort? {
        let parts = word.split(separator: ",", omittingEmptySubsequences: false)
        let place = parts[0].prefix { $0 != "@" }
        guard let colon = place.lastIndex(of: ":"), let port = Int(place[place.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        let name = parts.count > 1 && !parts[1].contains("=") ? parts[1] : ""
        let ip = place[..<colon]
        let host = prefersNames && !name.isEmpty ? name : ip
        return HostPort(host: host.isEmpty ? asked.host : String(host), port: port)
    }

    /// `5`, or `0-5460`; not `[93-<-id]`, a slot on its way.
    private static func slots(_ word: Substring) -> ClosedRange<Int>? {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = ends[0], ends.count <= 2, let last = ends[ends.count - 1],
            0 <= first, first <= last, last < RedisSlot.count
        else { return nil }
        return first...last
    }

    /// The primaries by what several nodes say, in the order of their slots. Each slot belongs to the claim with the
    /// latest epoch.
    static func merged(_ views: [RedisClusterView]) -> [Primary] {
        var owners = [Primary?](repeating: nil, count: RedisSlot.count)
        for primary in views.flatMap(\.primaries) {
            for slot in primary.slots.joined() where (owners[slot].map { $0.epoch < primary.epoch } ?? true) {
                owners[slot] = primary
            }
        }
        var merged: [Primary] = []
        var index: [HostPort: Int] = [:]
        for (slot, owner) in owners.enumerated() {
            guard let owner else { continue }
            guard let known = index[owner.address] else {
                index[owner.address] = merged.count
                merged.append(
                    Primary(id: owner.id, address: owner.address, epoch: owner.epoch, slots: [slot...slot]))
                continue
            }
            if let last = merged[known].slots.last, last.upperBound == slot - 1 {
                merged[known].slots[merged[known].slots.count - 1] = last.lowerBound...slot
            } else {
                merged[known].slots.append(slot...slot)
            }
        }
        return merged
    }
}
