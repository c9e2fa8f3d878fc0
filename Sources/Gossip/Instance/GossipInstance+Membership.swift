/// What this node believes about each member.
extension GossipInstance {
    enum Channel: Hashable {
        /// A rumour, or the sender's claim about itself.
        case rumour
        /// The peer's whole view, including its errors.
        case exchange(with: String)
    }

    mutating func hear(_ claim: Claim, by channel: Channel) {
        guard isPlausible(claim.record.standing) else { return refuse(.generationAhead) }
        guard claim.record.name != own.name else { return hearOfSelf(claim.record) }
        guard let known = members[claim.record.name] else { return admit(claim, by: channel) }
        let claim = weigh(claim, against: known, by: channel)
        if parameters.supersedes(claim.record.standing, known.record.standing) {
            enter(claim, over: known)
            rumours.push(claim.record.name)
        } else if claim.record.standing == known.record.standing, known.suspicion != nil {
            confirm(claim.accusers, against: claim.record.name)
        }
    }

    /// A member declared dead on the other side of a partition may be alive: give it time to refute.
    private func weigh(_ claim: Claim, against known: Member, by channel: Channel) -> Claim {
        guard case .exchange(let peer) = channel, claim.record.status == .dead, known.isLive else { return claim }
        var claim = claim
        claim.record.standing.status = .suspect
        claim.accusers = [peer]
        return claim
    }

    private mutating func admit(_ claim: Claim, by channel: Channel) {
        let isLive = claim.record.status.isLive
        guard isLive || Microseconds(claim.goneSeconds) * 1_000_000 < parameters.tombstoneSent else { return }
        if members.count + 1 >= parameters.maximumMembers {
            guard isLive, let oldest = members.gone.first else { return refuse(.tableFull) }
            members.forget(oldest)
        }
        enter(claim, over: nil)
        // The others already know what is learned while joining.
        if channel == .rumour || (isLive && phase == .joined) { rumours.push(claim.record.name) }
    }

    private mutating func enter(_ claim: Claim, over known: Member?) {
        var member = known ?? Member(claim.record)
        if known?.record.standing.generation != claim.record.standing.generation {
            member = Member(claim.record)
            loads.remove(claim.record.name)
        }
        member.record = claim.record
        member.suspicion = nil
        member.goneSince = nil
        member.isFading = false
        // Dead members keep their accusations.
        if claim.record.status != .dead { member.accusations = [] }
        switch claim.record.status {
        case .alive: break
        case .suspect:
            member.suspicion = Suspicion(
                at: now.uptime, among: liveCount + (known?.isLive == true ? 0 : 1), parameters: parameters)
            _ = member.accuse(claim.accusers, at: now.uptime)
            // Above the limit, its regular turn comes soon enough.
            if urgent.count < parameters.maximumUrgent, !urgent.contains(member.name) { urgent.append(member.name) }
        case .dead, .left:
            _ = member.accuse(claim.accusers, at: now.uptime)
            member.goneSince = now.uptime - Microseconds(claim.goneSeconds) * 1_000_000
        }
        members.place(member, using: &random)
        let isSameGeneration = known?.record.standing.generation == claim.record.standing.generation
        directives.append(.changed(member, from: isSameGeneration ? known?.record.status : nil))
        wakeGossip()
    }

    // MARK: - Suspicion

    /// A member did not answer this node.
    mutating func accuse(_ name: String) {
        guard let member = members[name], member.isLive else { return }
        if member.suspicion != nil { return confirm([own.name], against: name) }
        var claim = Claim(member.record, accusers: [own.name])
        claim.record.standing.status = .suspect
        guard claim.record.standing.isRefutable else { return }
        enter(claim, over: member)
        rumours.push(name)
    }

    private mutating func confirm(_ accusers: [String], against name: String) {
        var isNew = false
        let moment = now.uptime
        members.update(name) { isNew = $0.accuse(accusers, at: moment) }
        guard isNew else { return }
        rumours.push(name)
        wakeGossip()
    }

    mutating func runSuspicions() {
        for name in members.suspects {
            guard let member = members[name], let suspicion = member.suspicion, isDue(suspicion.endsAt) else {
                continue
            }
            var claim = Claim(member.record, accusers: member.accusations.map(\.accuser))
            claim.record.standing.status = .dead
            enter(claim, over: member)
            rumours.push(name)
        }
    }

    // MARK: - This node

    /// Another node claims something about this node, or under its name.
    mutating func hearOfSelf(_ record: MemberRecord) {
        guard phase == .joining || phase == .joined else { return }
        let heard = record.standing
        if heard.generation < own.standing.generation { return }
        if record.bootTag == own.bootTag, heard.generation == own.standing.generation {
            if heard.status != .alive, heard.incarnation >= own.standing.incarnation { refute(heard.incarnation) }
            return
        }
        // Another process: a previous incarnation, unless it is live and newer.
        if heard.generation > own.standing.generation, phase == .joined, heard.status.isLive {
            end()
            directives.append(.nameTaken)
            return
        }
        // If two started in the same millisecond, the boot tag decides which one gets ahead.
        let isTie = heard.generation == own.standing.generation && own.bootTag < record.bootTag
        takeGeneration(after: heard.generation, by: isTie ? 2 : 1)
    }

    /// The owner knows a higher generation than gossip does.
    mutating func adopt(_ generation: UInt64) {
        guard phase == .joining || phase == .joined, generation > own.standing.generation else { return }
        takeGeneration(after: own.standing.generation, by: generation - own.standing.generation)
    }

    /// A new incarnation makes the new address win over any stale claim.
    mutating func move(to address: GossipAddress) {
        guard phase == .joining || phase == .joined, address != own.address else { return }
        own.address = address
        let (next, overflow) = own.standing.incarnation.addingReportingOverflow(1)
        guard !overflow else { return takeGeneration(after: own.standing.generation, by: 1) }
        renew(Standing(generation: own.standing.generation, incarnation: next, status: .alive))
    }

    private mutating func takeGeneration(after generation: UInt64, by step: UInt64) {
        let (next, overflow) = generation.addingReportingOverflow(step)
        let standing = Standing(generation: next, incarnation: 0, status: .alive)
        guard !overflow, isPlausible(standing) else { return refuse(.generationAhead) }
        renew(standing)
        ownAttributesVersion = 0
        if !ownAttributes.isEmpty { publishOwnAttributes() }
    }

    private mutating func refute(_ accused: UInt32) {
        let (next, overflow) = max(own.standing.incarnation, accused).addingReportingOverflow(1)
        // A `left` at the highest incarnation can only be superseded by a new generation.
        guard !overflow else { return takeGeneration(after: own.standing.generation, by: 1) }
        health.worsen(by: 1)
        renew(Standing(generation: own.standing.generation, incarnation: next, status: .alive))
    }

    private mutating func renew(_ standing: Standing) {
        own.standing = standing
        directives.append(.renewed(standing))
        guard phase == .joined else { return }
        rumours.push(own.name)
        wakeGossip()
    }

    mutating func leave() {
        guard phase == .joining || phase == .joined else { return }
        own.standing.status = .left
        phase = .leaving
        probe = nil
        agenda = Agenda()
        agenda.phaseEnd = now.uptime + (members.live.isEmpty ? 0 : parameters.leaveLimit)
        rumours.removeAll()
        rumours.push(own.name)
        agenda.gossip = now.uptime
    }

    // MARK: - Tombstones

    mutating func sweep() {
        agenda.sweep = now.uptime + 60_000_000
        for name in members.gone {
            guard let since = members[name]?.goneSince else { continue }
            if now.uptime - since >= parameters.tombstoneLifetime {
                members.forget(name)
            } else if now.uptime - since >= parameters.tombstoneSent {
                members.fade(name)
            }
        }
    }
}
