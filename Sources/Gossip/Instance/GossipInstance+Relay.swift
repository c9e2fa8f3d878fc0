/// Pinging on behalf of others.
extension GossipInstance {
    mutating func relay(
        _ requesterSequence: UInt32, to target: String, at targetAddress: GossipAddress, for requester: String,
        _ requesterAddress: GossipAddress
    ) {
        guard relays.count < parameters.maximumRelays else { return refuse(.relaysFull) }
        let relay = ProbeRelay(
            target: target, sequence: nextSequence(), requester: requester, requesterAddress: requesterAddress,
            requesterSequence: requesterSequence, nackAt: now.uptime + parameters.nackDelay,
            endsAt: now.uptime + parameters.probeInterval)
        relays.append(relay)
        send(to: targetAddress, of: target) { $0.ping(target, sequence: relay.sequence) }
    }

    /// The ack may belong to a ping sent for another node.
    mutating func handOn(_ sequence: UInt32, from name: String) {
        guard let index = relays.firstIndex(where: { $0.sequence == sequence && $0.target == name }) else { return }
        let relay = relays.remove(at: index)
        send(to: relay.requesterAddress, of: relay.requester) { $0.ack(sequence: relay.requesterSequence) }
    }

    mutating func runRelays() {
        for index in relays.indices {
            let relay = relays[index]
            guard let nackAt = relay.nackAt, isDue(nackAt) else { continue }
            relays[index].nackAt = nil
            send(to: relay.requesterAddress, of: relay.requester) { $0.nack(sequence: relay.requesterSequence) }
        }
        let moment = now.uptime
        relays.removeAll { $0.endsAt <= moment }
    }
}
