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
        var writer = GossipWriter(sender: own)
        writer.ping(target, sequence: relay.sequence)
        send(&writer, to: targetAddress, of: target)
    }

    /// The ack may belong to a ping sent for another node.
    mutating func handOn(_ sequence: UInt32, from name: String) {
        guard let index = relays.firstIndex(where: { $0.sequence == sequence && $0.target == name }) else { return }
        let relay = relays.remove(at: index)
        var writer = GossipWriter(sender: own)
        writer.ack(sequence: relay.requesterSequence)
        send(&writer, to: relay.requesterAddress, of: relay.requester)
    }

    mutating func runRelays() {
        for index in relays.indices {
            guard let nackAt = relays[index].nackAt, isDue(nackAt) else { continue }
            relays[index].nackAt = nil
            var writer = GossipWriter(sender: own)
            writer.nack(sequence: relays[index].requesterSequence)
            send(&writer, to: relays[index].requesterAddress, of: relays[index].requester)
        }
        let moment = now.uptime
        relays.removeAll { $0.endsAt <= moment }
    }
}
