/// One node's gossip: SWIM (Das, Gupta, Motivala: "SWIM: Scalable Weakly-consistent Infection-style Process Group
/// Membership Protocol", DSN 2002) with Lifeguard (Dadgar, Phillips, Currey, arXiv 1707.00788).
///
/// ```
///                        ┌──────────────── step(event, now) ────────────────┐
///   wake, datagram,  ──▶ │ +Probe        failure detection                  │ ──▶ send, wake,
///   join, leave,         │ +Relay        pinging for others                 │     changed, …
///   attributes           │ +Membership   beliefs and refutation             │
///                        │ +Gossip       spreading rumours                  │
///                        │ +Exchange     comparing views, joining           │
///                        └──────────────────────────────────────────────────┘
/// ```
///
/// Pure: no clock, no socket, no logger; randomness comes from a seed. The same seed and steps give the same
/// directives. Owned by the shell that has the socket. Parameters, reasons and measurements: docs/gossip.md.
package struct GossipInstance: Sendable {
    enum Phase: Hashable {
        /// Learns about its previous incarnations before it takes part.
        case joining
        case joined
        case leaving
        case ended
    }

    package let parameters: GossipParameters
    /// This node's own record.
    package internal(set) var own: MemberRecord
    package internal(set) var members = MemberTable()

    var phase = Phase.joining
    var now: GossipTime
    var random: GossipRandom
    var health = LocalHealth()
    var agenda = Agenda()
    var directives: [GossipDirective] = []

    var probe: Probe?
    /// Suspects to ping ahead of their turn, so that they are confirmed or refute sooner.
    var urgent: [String] = []
    var relays: [ProbeRelay] = []
    var sequence: UInt32

    var rumours = RumourQueue()
    var loads = RumourQueue()
    package internal(set) var ownAttributes: [UInt8] = []
    var ownAttributesVersion: UInt32 = 0
    /// The latest known addresses of other nodes.
    var seeds: [GossipAddress] = []

    private var wakeAt = Agenda.never

    /// - Parameters:
    ///   - own: alive; its generation is the wall clock in milliseconds, or one more than the highest known for its
    ///     name.
    package init(_ own: MemberRecord, parameters: GossipParameters = GossipParameters(), now: GossipTime, seed: UInt64)
    {
        self.own = own
        self.parameters = parameters
        self.now = now
        random = GossipRandom(seed: seed)
        sequence = UInt32(truncatingIfNeeded: random.next())
        agenda.join = now.uptime
        agenda.phaseEnd = now.uptime + parameters.joinLimit
        agenda.sweep = now.uptime + 60_000_000
    }

    /// The only entry point. `now.uptime` must never go back.
    package mutating func step(_ event: GossipEvent, now: GossipTime) -> [GossipDirective] {
        self.now = now
        directives.removeAll(keepingCapacity: true)
        guard phase != .ended else { return [] }
        forgiveStall()
        switch event {
        case .wake: wakeAt = Agenda.never
        case .datagram(let bytes, let address): handle(bytes, from: address)
        case .join(let addresses): meet(addresses)
        case .generation(let generation): adopt(generation)
        case .address(let address): move(to: address)
        case .attributes(let bytes): tell(ofSelf: bytes)
        case .leave: leave()
        }
        runTimers()
        askToBeWoken()
        return directives
    }

    /// No other live member is known.
    package var isAlone: Bool { members.live.isEmpty }
    /// Alive and suspect, including this node.
    var liveCount: Int { members.live.count + 1 }

    // MARK: - Receiving

    private mutating func handle(_ bytes: [UInt8], from address: GossipAddress) {
        guard let message = GossipMessage(parsing: bytes) else { return refuse(.malformed) }
        let sender = message.sender
        guard isPlausible(sender.standing) else { return refuse(.generationAhead) }
        guard sender.name != own.name else { return hearOfSelf(sender) }
        hear(Claim(sender), by: .rumour)
        members.update(sender.name) { member in
            guard member.record.standing.generation == sender.standing.generation else { return }
            member.spokeFrom = address == member.record.address ? nil : address
        }
        for part in message.parts {
            switch part {
            case .ping(let sequence, let target): answerPing(sequence, for: target, sender: sender, address)
            case .ack(let sequence): acknowledge(sequence, from: sender.name)
            case .pingRequest(let sequence, let target, let targetAddress):
                relay(sequence, to: target, at: targetAddress, for: sender.name, address)
            case .nack(let sequence): takeNack(sequence, from: sender.name)
            case .rumours(let claims): for claim in claims { hear(claim, by: .rumour) }
            case .view(let claims): for claim in claims { hear(claim, by: .exchange(with: sender.name)) }
            case .digest(let digest, let wantsAnswer): compare(digest, wantsAnswer, with: sender.name, address)
            case .attributes(let some): for one in some { takeAttributes(one) }
            }
            // A claim may have ended this instance.
            guard phase != .ended else { return }
        }
        correct(sender, at: address)
    }

    func isPlausible(_ standing: Standing) -> Bool {
        let (limit, overflow) = UInt64(clamping: now.wall).addingReportingOverflow(parameters.generationLead)
        return overflow || standing.generation <= limit
    }

    mutating func send(to address: GossipAddress, _ write: (inout GossipWriter) -> Void) {
        var writer = GossipWriter(sender: own)
        write(&writer)
        directives.append(.send(writer.bytes, to: address))
    }

    mutating func refuse(_ reason: GossipRefusal) {
        directives.append(.refused(reason))
    }

    mutating func nextSequence() -> UInt32 {
        sequence &+= 1
        return sequence
    }

    // MARK: - Time

    /// A stalled process receives nothing, so pending deadlines are extended by the stall. (Stalls of other nodes are
    /// covered by the minimum duration of a suspicion.)
    private mutating func forgiveStall() {
        guard wakeAt != Agenda.never else { return }
        let late = now.uptime - wakeAt
        guard late > parameters.stallTolerance else { return }
        agenda.postpone(by: late)
        probe?.helpAt += late
        probe?.endsAt += late
        for index in relays.indices {
            if let nackAt = relays[index].nackAt { relays[index].nackAt = nackAt + late }
            relays[index].endsAt += late
        }
        for name in members.suspects {
            members.update(name) { $0.suspicion?.postpone(by: late) }
        }
        wakeAt = now.uptime
    }

    private mutating func runTimers() {
        if isDue(agenda.phaseEnd) { endPhase() }
        if isDue(agenda.join) { knock() }
        runProbe()
        runRelays()
        runSuspicions()
        if isDue(agenda.ownAttributes) { publishOwnAttributes() }
        if isDue(agenda.gossip) { gossip() }
        if isDue(agenda.attributes) { gossipLoads() }
        if isDue(agenda.exchange) { exchangeWithLiving() }
        if isDue(agenda.deadExchange) { exchangeWithDead() }
        if isDue(agenda.sweep) { sweep() }
    }

    func isDue(_ moment: Microseconds) -> Bool { phase != .ended && moment <= now.uptime }

    private mutating func endPhase() {
        agenda.phaseEnd = Agenda.never
        switch phase {
        case .joining: takePart()
        case .leaving: finishLeaving()
        case .joined, .ended: break
        }
    }

    mutating func finishLeaving() {
        end()
        directives.append(.left)
    }

    /// From now on it sends nothing.
    mutating func end() {
        phase = .ended
        agenda = Agenda()
    }

    private mutating func askToBeWoken() {
        var next = agenda.earliest
        if let probe { next = min(next, probe.helpers == nil ? probe.helpAt : probe.endsAt) }
        for relay in relays { next = min(next, relay.nackAt ?? relay.endsAt) }
        for name in members.suspects {
            if let endsAt = members[name]?.suspicion?.endsAt { next = min(next, endsAt) }
        }
        guard phase != .ended, next != wakeAt, next != Agenda.never else { return }
        wakeAt = next
        directives.append(.wake(at: next))
    }
}
