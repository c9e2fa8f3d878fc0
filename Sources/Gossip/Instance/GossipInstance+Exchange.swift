/// Comparing whole views with another node: how a new node learns everything, and how missed rumours and even long
/// partitions heal.
///
/// ```
///   A ── digest, wants answer ──▶ B     64 hashes; if equal, only B's digest follows
///   A ◀── view ── view ── digest ─ B    B's members in the buckets that differ
///   A ── view ──▶ B                     A's, in those that still differ
/// ```
extension GossipInstance {
    var digest: ViewDigest {
        var digest = members.digest
        digest.toggle(own)
        return digest
    }

    mutating func exchange(with address: GossipAddress) {
        let digest = digest
        send(to: address) { $0.digest(digest, wantsAnswer: true) }
    }

    mutating func compare(_ digest: ViewDigest, _ wantsAnswer: Bool, with name: String, _ address: GossipAddress) {
        let difference = self.digest.difference(from: digest)
        if phase == .joining, !wantsAnswer, difference.isEmpty { takePart() }
        if !difference.isEmpty { sendView(of: difference, to: address) }
        guard wantsAnswer else { return }
        let answer = self.digest
        send(to: address) { $0.digest(answer, wantsAnswer: false) }
    }

    /// Sends up to the limit of datagrams, starting at a random member, so that eventually everything gets across.
    private mutating func sendView(of buckets: Set<Int>, to address: GossipAddress) {
        var names = (members.names + [own.name]).filter {
            buckets.contains(ViewDigest.bucket(of: $0)) && members[$0]?.isFading != true
        }
        let start = Int.random(in: 0...names.count, using: &random)
        names = Array(names[start...] + names[..<start])
        var budget = parameters.maximumExchangeDatagrams
        sendList(.view, of: names, to: address, budget: &budget) { instance, name, writer in
            instance.claim(of: name).map { writer.append($0) } ?? true
        }
        let described = names.filter { attributes(of: $0).map { $0.version > 0 } ?? false }
        sendList(.attributes, of: described, to: address, budget: &budget) { instance, name, writer in
            instance.attributes(of: name).map { writer.append($0) } ?? true
        }
    }

    private mutating func sendList(
        _ kind: GossipPart.Kind, of names: [String], to address: GossipAddress, budget: inout Int,
        append: (GossipInstance, String, inout GossipWriter) -> Bool
    ) {
        var rest = names[...]
        while !rest.isEmpty, budget > 0 {
            budget -= 1
            var writer = GossipWriter(sender: own)
            writer.list(kind) { list in
                while let name = rest.first, append(self, name, &list) { rest.removeFirst() }
            }
            directives.append(.send(writer.bytes, to: address))
        }
    }

    mutating func exchangeWithLiving() {
        agenda.exchange = now.uptime + random.jittered(parameters.exchangeInterval)
        guard let index = random.sample(1, below: members.live.count).first,
            let member = members[members.live[index]]
        else { return }
        exchange(with: member.record.address)
    }

    mutating func exchangeWithDead() {
        agenda.deadExchange = now.uptime + random.jittered(parameters.deadExchangeInterval)
        let dead = members.gone.filter { members[$0]?.record.status == .dead }
        guard let index = random.sample(1, below: dead.count).first, let member = members[dead[index]] else { return }
        exchange(with: member.record.address)
    }

    /// Tells a sender that it is considered suspect, dead or superseded, but not on every datagram.
    mutating func correct(_ sender: MemberRecord, at address: GossipAddress) {
        guard let known = members[sender.name],
            known.record.status == .suspect || known.record.status == .dead
                || known.record.standing.generation > sender.standing.generation,
            known.toldAt.map({ now.uptime - $0 >= parameters.probeInterval }) ?? true
        else { return }
        let moment = now.uptime
        send(to: address) { $0.list(.rumours) { _ = $0.append(known.claim(at: moment)) } }
        members.update(sender.name) { $0.toldAt = moment }
    }

    // MARK: - Joining

    mutating func meet(_ addresses: [GossipAddress]) {
        seeds = Array(addresses.prefix(parameters.maximumMembers))
        if phase == .joining {
            if seeds.isEmpty { takePart() } else { agenda.join = now.uptime }
        } else if phase == .joined {
            greetSeeds()
        }
    }

    mutating func knock() {
        agenda.join = phase == .joining ? now.uptime + parameters.joinInterval : Agenda.never
        if phase == .joining { greetSeeds() }
    }

    /// Contacts some of the unknown seeds.
    private mutating func greetSeeds() {
        let met = Set(members.live.compactMap { members[$0]?.record.address } + [own.address])
        let strangers = seeds.filter { !met.contains($0) || phase == .joining && $0 != own.address }
        for index in random.sample(parameters.fanOut, below: strangers.count) { exchange(with: strangers[index]) }
    }

    /// Ends the joining phase.
    mutating func takePart() {
        phase = .joined
        agenda.phaseEnd = Agenda.never
        agenda.join = Agenda.never
        agenda.probe = now.uptime + Int64.random(in: 0...parameters.probeInterval, using: &random)
        agenda.exchange = now.uptime + random.jittered(parameters.exchangeInterval)
        agenda.deadExchange = now.uptime + random.jittered(parameters.deadExchangeInterval)
        rumours.push(own.name)
        wakeGossip()
        if !ownAttributes.isEmpty { agenda.ownAttributes = now.uptime }
    }
}
