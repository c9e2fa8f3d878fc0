import Foundation

/// Spreading rumours: a few at a time to a few members in separate datagrams, and piggybacked on everything else.
extension GossipInstance {
    /// Sends a datagram, filled up with rumours. If the member is not considered alive, that comes first, so that it
    /// can refute it.
    mutating func send(to address: GossipAddress, of name: String, _ write: (inout GossipWriter) -> Void = { _ in }) {
        var writer = GossipWriter(sender: own)
        write(&writer)
        writer.list(.rumours) { list in
            if let member = members[name], member.record.status != .alive {
                _ = list.append(member.claim(at: now.uptime))
                let moment = now.uptime
                members.update(name) { $0.toldAt = moment }
            }
            tell(\.rumours, limit: transmitLimit) { $0.claim(of: $1).map { list.append($0) } }
        }
        writer.list(.attributes) { list in
            tell(\.loads, limit: loadLimit) { $0.attributes(of: $1).map { list.append($0) } }
        }
        directives.append(.send(writer.bytes, to: address))
    }

    /// - `append`: whether it had room; `nil`: the rumour is obsolete.
    private mutating func tell(
        _ queue: WritableKeyPath<GossipInstance, RumourQueue>, limit: Int, _ append: (GossipInstance, String) -> Bool?
    ) {
        guard !self[keyPath: queue].isEmpty else { return }
        // Moved out temporarily, because `append` reads this instance.
        var taken = RumourQueue()
        swap(&taken, &self[keyPath: queue])
        taken.take(limit: limit) { name in
            switch append(self, name) {
            case true?: .taken
            case false?: .full
            case nil: .void
            }
        }
        self[keyPath: queue] = taken
    }

    func claim(of name: String) -> Claim? {
        name == own.name ? Claim(own) : members[name]?.claim(at: now.uptime)
    }

    /// How often a node repeats a rumour: SWIM's λ log n. memberlist's rounding is too low for lossy networks.
    private var transmitLimit: Int { Int((4 * log2(Double(liveCount + 1))).rounded(.up)) }
    /// Attributes are sent again anyway, so losing one is harmless.
    private var loadLimit: Int { Int((2 * log2(Double(liveCount + 1))).rounded(.up)) }

    // MARK: - Separate datagrams

    /// There are rumours: send them at the next tick, at most one interval away.
    mutating func wakeGossip() {
        if phase == .joined, agenda.gossip == Agenda.never { agenda.gossip = now.uptime }
    }

    mutating func gossip() {
        guard !rumours.isEmpty else {
            agenda.gossip = Agenda.never
            if phase == .leaving { finishLeaving() }
            return
        }
        let listeners = listeners()
        // No listeners: later nodes learn it by exchange.
        if listeners.isEmpty { rumours.removeAll() }
        for name in listeners {
            guard let member = members[name], !rumours.isEmpty else { continue }
            send(to: member.record.address, of: name)
        }
        agenda.gossip = now.uptime + parameters.gossipInterval
    }

    /// Some live members, and some recently declared dead: those must hear about it if they are alive.
    private mutating func listeners() -> [String] {
        var dead: [String] = []
        for name in members.gone.reversed() {
            guard let member = members[name], let since = member.goneSince,
                now.uptime - since < parameters.deadListen
            else { break }
            if member.record.status == .dead { dead.append(name) }
        }
        return random.sample(parameters.fanOut, below: members.live.count + dead.count).map { index in
            index < members.live.count ? members.live[index] : dead[index - members.live.count]
        }
    }

    mutating func gossipLoads() {
        guard phase == .joined, !loads.isEmpty else { return agenda.attributes = Agenda.never }
        let listeners = random.sample(parameters.fanOut, below: members.live.count).map { members.live[$0] }
        if listeners.isEmpty { loads.removeAll() }
        for name in listeners {
            guard let member = members[name], !loads.isEmpty else { continue }
            send(to: member.record.address, of: name)
        }
        agenda.attributes = now.uptime + parameters.attributeInterval
    }

    // MARK: - Attributes

    /// - `bytes`: this node's new attributes, published when they are next due.
    mutating func tell(ofSelf bytes: [UInt8]) {
        precondition(bytes.count <= NodeAttributes.maximumBytes, "attributes of \(bytes.count) bytes are too long")
        ownAttributes = bytes
        if agenda.ownAttributes == Agenda.never, phase == .joining || phase == .joined {
            agenda.ownAttributes = now.uptime
        }
    }

    mutating func publishOwnAttributes() {
        let period = max(parameters.attributePeriod, Microseconds(liveCount) * 200_000)
        agenda.ownAttributes = now.uptime + random.jittered(period)
        guard ownAttributesVersion < .max else { return }
        ownAttributesVersion += 1
        spreadLoad(of: own.name)
    }

    mutating func takeAttributes(_ heard: GossipPart.Attributes) {
        guard let member = members[heard.name], member.record.standing.generation == heard.generation,
            heard.version > member.attributesVersion
        else { return }
        members.update(heard.name) { member in
            member.attributes = heard.bytes
            member.attributesVersion = heard.version
        }
        spreadLoad(of: heard.name)
    }

    private mutating func spreadLoad(of name: String) {
        guard phase == .joined else { return }
        loads.push(name)
        if agenda.attributes == Agenda.never { agenda.attributes = now.uptime + parameters.attributeInterval }
    }

    func attributes(of name: String) -> GossipPart.Attributes? {
        if name == own.name {
            return GossipPart.Attributes(
                name: name, generation: own.standing.generation, version: ownAttributesVersion, bytes: ownAttributes)
        }
        guard let member = members[name], member.isLive, member.attributesVersion > 0 else { return nil }
        return GossipPart.Attributes(
            name: name, generation: member.record.standing.generation, version: member.attributesVersion,
            bytes: member.attributes)
    }
}
