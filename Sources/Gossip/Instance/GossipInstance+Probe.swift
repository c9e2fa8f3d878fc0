/// Failure detection: SWIM, section 3.1, with Lifeguard's local health and nacks.
///
/// ```
///   ping ──▶ target                                    0 ms
///   no ack: ping-req ──▶ 3 helpers ──▶ target          timeout
///           ping ──▶ target, once more
///   no ack, and a nack from each helper, or            timeout + nack delay
///   no ack at all                                      interval:  suspect
/// ```
extension GossipInstance {
    mutating func runProbe() {
        if let probe {
            if probe.helpers == nil, isDue(probe.helpAt) { askHelpers() }
            if isDue(probe.endsAt) { failProbe() }
        }
        if isDue(agenda.probe) { startProbe() }
    }

    private mutating func startProbe() {
        guard phase == .joined else { return agenda.probe = Agenda.never }
        agenda.probe = now.uptime + parameters.probeInterval * health.factor
        guard let target = nextTarget(), let member = members[target] else { return }
        let probe = Probe(
            target: target, sequence: nextSequence(), startedAt: now.uptime,
            helpAt: now.uptime + parameters.probeTimeout * health.factor, endsAt: agenda.probe)
        self.probe = probe
        ping(member, sequence: probe.sequence)
    }

    private mutating func nextTarget() -> String? {
        while !urgent.isEmpty {
            let name = urgent.removeFirst()
            if members[name]?.record.status == .suspect { return name }
        }
        return members.nextToProbe()
    }

    private mutating func ping(_ member: Member, at address: GossipAddress? = nil, sequence: UInt32) {
        send(to: address ?? member.record.address, of: member.name) { $0.ping(member.name, sequence: sequence) }
    }

    private mutating func askHelpers() {
        guard let probe, let target = members[probe.target] else { return }
        let candidates = random.sample(parameters.helpers + 1, below: members.live.count).map { members.live[$0] }
        let helpers = Array(candidates.filter { $0 != probe.target }.prefix(parameters.helpers))
        self.probe?.helpers = helpers
        for name in helpers {
            guard let helper = members[name] else { continue }
            send(to: helper.record.address, of: name) {
                $0.pingRequest(probe.target, at: target.record.address, sequence: probe.sequence)
            }
        }
        // A lost datagram is more likely than a dead node; memberlist retries over TCP for the same reason.
        ping(target, sequence: probe.sequence)
        // A node behind NAT, or that moved without noticing, answers at the address it sends from.
        if let address = target.spokeFrom { ping(target, at: address, sequence: probe.sequence) }
    }

    mutating func answerPing(_ sequence: UInt32, for target: String, sender: MemberRecord, _ address: GossipAddress) {
        guard target == own.name else { return refuse(.misdirected) }
        send(to: address, of: sender.name) { $0.ack(sequence: sequence) }
    }

    mutating func acknowledge(_ sequence: UInt32, from name: String) {
        handOn(sequence, from: name)
        guard let probe, probe.sequence == sequence else { return }
        if name == probe.target {
            let roundTrip = now.uptime - probe.startedAt
            members.update(name) { $0.roundTrip = roundTrip }
            directives.append(.probed(.direct(roundTrip: roundTrip)))
        } else if probe.helpers?.contains(name) == true {
            directives.append(.probed(.indirect))
        } else {
            return
        }
        health.improve()
        self.probe = nil
    }

    mutating func takeNack(_ sequence: UInt32, from name: String) {
        guard let probe, probe.sequence == sequence, probe.helpers?.contains(name) == true,
            !probe.nacks.contains(name)
        else { return }
        self.probe?.nacks.append(name)
        if self.probe?.isHopeless == true { failProbe() }
    }

    /// Helpers that did not even send a nack suggest that the fault is local.
    private mutating func failProbe() {
        guard let probe else { return }
        self.probe = nil
        let asked = probe.helpers ?? []
        health.worsen(by: asked.isEmpty ? 1 : asked.count - probe.nacks.count)
        directives.append(.probed(.failed))
        accuse(probe.target)
    }
}
