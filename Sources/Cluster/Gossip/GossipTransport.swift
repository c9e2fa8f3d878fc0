internal import ChatModel
internal import Gossip
internal import Logging
internal import NIOCore
internal import Operations
internal import Sealing

/// Connects a `GossipInstance` to its socket and clock: seals what it sends, opens what arrives, wakes it.
///
/// Pinned to its channel's event loop and entered there with `assumeIsolated`; nothing suspends. Owned by
/// `GossipService`. Outlives the socket: after a failure a new one is bound, and salt, counter and view are kept.
actor GossipTransport {
    nonisolated let eventLoop: any EventLoop
    nonisolated let unownedExecutor: UnownedSerialExecutor

    private let identity: NodeIdentity
    private let view: GossipView
    private let metrics: GossipMetrics
    private let logger: Logger
    private var instance: GossipInstance
    private var seal: DatagramSeal
    private var channel: (any Channel)?
    private var outcome: EventLoopPromise<Void>?
    private var wakeTimer: Scheduled<Void>?

    init(
        instance: GossipInstance, seal: DatagramSeal, identity: NodeIdentity, view: GossipView,
        on eventLoop: any EventLoop,
        metrics: GossipMetrics, logger: Logger
    ) {
        self.instance = instance
        self.seal = seal
        self.identity = identity
        self.view = view
        self.eventLoop = eventLoop
        self.unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        self.metrics = metrics
        self.logger = logger
    }

    static func time() -> GossipTime {
        GossipTime(
            uptime: Int64(NIODeadline.now().uptimeNanoseconds / 1_000), wall: WallClock.milliseconds())
    }

    // MARK: - From the channel

    /// - Returns: succeeds once the others know that this node leaves; fails with `NodeNameTaken`, or if the socket
    ///   closes for another reason.
    func opened(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard channel.isActive else { return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        let outcome = eventLoop.makePromise(of: Void.self)
        self.channel = channel
        self.outcome = outcome
        step(.wake)
        show()
        return outcome.futureResult
    }

    func received(_ datagram: [UInt8], from source: SocketAddress) {
        guard let address = GossipAddress(source) else { return }
        switch seal.open(datagram, from: address) {
        case .payload(let bytes):
            metrics.count(.received)
            step(.datagram(bytes, from: address))
        case .answer(let datagrams):
            metrics.count(.received)
            answer(datagrams, to: source)
        case .challenged(let datagrams):
            metrics.count(.challenged)
            answer(datagrams, to: source)
        case .refused(.unsealed): metrics.count(.unsealed)
        case .refused(.replayed): metrics.count(.replayed)
        }
    }

    func closed() {
        channel = nil
        end(.failure(ChannelError.ioOnClosedChannel))
        show()
    }

    private func end(_ result: Result<Void, any Error>) {
        wakeTimer?.cancel()
        outcome?.completeWith(result)
        outcome = nil
    }

    var isAlone: Bool { instance.isAlone }
    var isOpen: Bool { channel != nil }

    // MARK: - Stepping

    func step(_ event: GossipEvent) {
        // Without a socket, silence proves nothing.
        guard channel != nil else { return }
        var hasChanged = false
        for directive in instance.step(event, now: Self.time()) {
            switch directive {
            case .send(let payload, let address): send(payload, to: address)
            case .wake(let moment): wake(at: moment)
            case .changed(let member, let old):
                hasChanged = true
                metrics.changed(from: old, to: member.record.status)
                note(member)
            case .renewed(let standing):
                hasChanged = true
                identity.raise(to: standing.generation)
            case .probed(let outcome): metrics.probed(outcome)
            case .refused: metrics.count(.refused)
            case .nameTaken: end(.failure(NodeNameTaken(name: instance.own.name)))
            case .left: end(.success(()))
            }
        }
        if hasChanged { show() }
    }

    /// Also called without a state change: the attributes of nodes change all the time.
    func show() {
        let trouble = channel == nil ? "the gossip socket failed and is being reopened: see the log" : nil
        view.show(instance, at: Self.time(), trouble: trouble)
    }

    private func wake(at moment: Microseconds) {
        wakeTimer?.cancel()
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(max(0, moment)) * 1_000)
        wakeTimer = eventLoop.scheduleTask(deadline: deadline) { [weak self] in
            self?.assumeIsolated { $0.step(.wake) }
        }
    }

    private func send(_ payload: [UInt8], to address: GossipAddress) {
        guard let target = address.socketAddress, let datagrams = try? seal.seal(payload, to: address) else {
            return metrics.count(.dropped)
        }
        for datagram in datagrams { sendDatagram(datagram, to: target) }
    }

    private func answer(_ datagrams: [[UInt8]], to source: SocketAddress) {
        for datagram in datagrams { sendDatagram(datagram, to: source) }
    }

    /// Gossip repeats itself, so what the system rejects is dropped instead of queued.
    private func sendDatagram(_ datagram: [UInt8], to address: SocketAddress) {
        metrics.count(channel?.sendNow(datagram, to: address) == true ? .sent : .dropped)
    }

    private func note(_ member: Member) {
        var metadata: Logger.Metadata = [
            LogKey.peer: "\(member.name)", LogKey.state: "\(ClusterMember.State(member.record.status).rawValue)",
        ]
        if !member.accusations.isEmpty {
            metadata[LogKey.reason] = "not responding to \(member.accusations.map(\.accuser).joined(separator: ", "))"
        }
        logger.info("node state changed", metadata: metadata)
    }
}

extension ClusterMember.State {
    init(_ status: MemberStatus) {
        self =
            switch status {
            case .alive: .alive
            case .suspect: .suspect
            case .dead: .dead
            case .left: .left
            }
    }
}
