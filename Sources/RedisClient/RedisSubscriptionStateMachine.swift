internal import DequeModule

/// The channels a connection should be subscribed to, and what Redis has confirmed.
///
/// Channels can be added and removed at any time; each has at most one command in flight, and its reply decides the
/// next. After a reconnect all wanted channels are subscribed again, in chunks.
///
/// ```
///   none ──subscribe──▶ subscribing ──answer──▶ subscribed ──unsubscribe──▶ unsubscribing ──answer──▶ none
/// ```
struct RedisSubscriptionStateMachine {
    /// Maximum commands in flight.
    static let maximumInFlight = 512

    enum Command: Hashable, Sendable {
        case subscribe(String)
        case unsubscribe(String)
    }

    private enum Standing {
        case none, subscribing, subscribed, unsubscribing
    }

    private struct Channel {
        var wanted = true
        var standing = Standing.none
        /// Subscribed before since it was last wanted: the next time is a resubscription.
        var reported = false
        var queued = false
    }

    private var connected = false
    private var channels: [String: Channel] = [:]
    /// Channels that may need a command.
    private var queue: Deque<String> = []
    private var inFlight = 0

    var isEmpty: Bool { channels.isEmpty }

    /// A channel that is requested again during a reconnect is confirmed like a new one: a restarted room waits for it.
    /// - `again`: it was subscribed elsewhere: this is a resubscription.
    /// - Returns: whether it is already subscribed.
    mutating func want(_ name: String, again: Bool = false) -> Bool {
        var channel = channels[name] ?? Channel()
        channel.wanted = true
        channel.reported = again || channel.standing == .subscribed
        channels[name] = channel
        enqueue(name)
        return channel.standing == .subscribed
    }

    mutating func unwant(_ name: String) {
        guard var channel = channels[name] else { return }
        channel.wanted = false
        channel.reported = false
        channels[name] = connected ? channel : nil
        enqueue(name)
    }

    mutating func opened() {
        connected = true
        for name in channels.keys { enqueue(name) }
    }

    mutating func closed() {
        connected = false
        inFlight = 0
        queue = []
        channels = channels.compactMapValues { channel in
            guard channel.wanted else { return nil }
            var channel = channel
            channel.standing = .none
            channel.queued = false
            return channel
        }
    }

    /// The next command to send; `nil`: none for now. Call after every event until `nil`.
    mutating func nextCommand() -> Command? {
        guard connected else { return nil }
        while inFlight < Self.maximumInFlight, let name = queue.popFirst() {
            guard var channel = channels[name] else { continue }
            channel.queued = false
            var command: Command?
            switch (channel.standing, channel.wanted) {
            case (.none, true):
                channel.standing = .subscribing
                command = .subscribe(name)
            case (.subscribed, false):
                channel.standing = .unsubscribing
                command = .unsubscribe(name)
            case (.none, false):
                channels[name] = nil
                continue
            case (.subscribed, true), (.subscribing, _), (.unsubscribing, _):
                break
            }
            channels[name] = channel
            if let command {
                inFlight += 1
                return command
            }
        }
        return nil
    }

    enum Outcome: Equatable {
        case confirmed(String)
        case resubscribed(String)
        case nothing
    }

    mutating func answered(_ command: Command) -> Outcome {
        guard connected else { return .nothing }
        inFlight -= 1
        switch command {
        case .subscribe(let name):
            guard var channel = channels[name] else { return .nothing }
            let outcome: Outcome =
                !channel.wanted ? .nothing : channel.reported ? .resubscribed(name) : .confirmed(name)
            channel.standing = .subscribed
            channel.reported = channel.wanted
            channels[name] = channel
            enqueue(name)
            return outcome
        case .unsubscribe(let name):
            channels[name]?.standing = .none
            enqueue(name)
            return .nothing
        }
    }

    /// Another server has the channel. Nothing is sent before `retry`: the map of the cluster is being read.
    mutating func redirected(_ command: Command) {
        guard connected else { return }
        inFlight -= 1
        switch command {
        case .subscribe(let name):
            channels[name]?.standing = .none
            if channels[name]?.wanted == false { channels[name] = nil }
        case .unsubscribe(let name):
            channels[name]?.standing = .none
            enqueue(name)
        }
    }

    /// Redis has ended the subscription.
    mutating func dropped(_ name: String) {
        guard let channel = channels[name], channel.standing == .subscribed else { return }
        channels[name]?.standing = .none
        if !channel.wanted { enqueue(name) }
    }

    mutating func retry() {
        for (name, channel) in channels where channel.standing == .none { enqueue(name) }
    }

    private mutating func enqueue(_ name: String) {
        guard connected, var channel = channels[name], !channel.queued else { return }
        channel.queued = true
        channels[name] = channel
        queue.append(name)
    }
}
