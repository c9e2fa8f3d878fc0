package import ChatModel
import CoreMetrics
package import Logging
package import NIOCore
import Operations
package import RedisClient
import Synchronization

/// The relay over Redis: `publish.lua` appends and publishes atomically, and every node subscribed to the room receives
/// the message, this one included.
///
/// Owned by the node; called by the subscribers and the rooms on their event loops.
package final class RedisRelay: Relay, ReadinessCheck {
    private struct Waiting {
        let eventLoop: any EventLoop
        let completion: @Sendable () -> Void
    }

    private struct State {
        weak var receiver: (any RelayReceiver)?
        /// Callers waiting for a subscription to become active.
        var waiting: [RoomName: [Waiting]] = [:]
        /// Where the channels of the rooms, and of this node, are subscribed.
        var places: [Channel: RedisSubscriber] = [:]
    }

    private enum Channel: Hashable {
        case room(RoomName)
        case inbox
        /// Who got a role in a private room.
        case users
        /// What users do on one device, for the others.
        case devices
    }

    private let shards: RedisShards
    private let index: RedisRoomIndex
    private let userRooms: RedisUserRooms
    private let erasures: RedisErasures
    private let keys: RoomKeys
    private let configuration: ClusterConfiguration
    private let node: String
    /// The channel for answers to this node only.
    private let inbox: String
    /// The channels of what concerns users, wherever their sockets are.
    private let users: String
    private let devices: String
    private let canaries: ShardCanaries?
    private let metrics: ClusterMetrics
    /// `nil`: a message counts once Redis has it.
    private let confirmation: ReplicaConfirmation?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - shards: set up with `RoomScripts`; of a shard's subscribers, a room's is chosen by its stable hash.
    ///   - node: this node's name, the `origin` of its messages.
    ///   - canaries: receive the canaries; use the same connections.
    package init(
        shards: RedisShards, index: RedisRoomIndex, userRooms: RedisUserRooms, erasures: RedisErasures,
        keys: RoomKeys, configuration: ClusterConfiguration, node: String, canaries: ShardCanaries? = nil,
        metrics: ClusterMetrics, logger: Logger
    ) {
        self.shards = shards
        self.index = index
        self.erasures = erasures
        self.userRooms = userRooms
        self.keys = keys
        self.configuration = configuration
        self.node = node
        inbox = keys.inbox(of: node)
        users = keys.users
        devices = keys.devices
        self.canaries = canaries
        self.metrics = metrics
        confirmation =
            configuration.waitReplicas > 0
            ? ReplicaConfirmation(replicas: configuration.waitReplicas, logger: logger) : nil
    }

    /// Sets the receiver of all subscribed rooms. Call once, before the first subscription. Not retained.
    package func attach(_ receiver: any RelayReceiver) {
        state.withLock { $0.receiver = receiver }
        shards.onMap { [weak self] in self?.followSlots() }
        listen()
        subscribe(to: .inbox)
        subscribe(to: .users)
        subscribe(to: .devices)
    }

    package func publish(
        _ drafts: [MessageDraft], to room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable ([Result<PublishReceipt, RelayError>]) -> Void
    ) {
        let shard = shards.shard(of: keys.log(room))
        var answered = completion
        if let confirmation {
            guard let confirmed = confirmation.confirm(by: shard.publish, on: eventLoop, completion) else {
                return completion(drafts.map { _ in .failure(confirmation.refusal) })
            }
            answered = confirmed
        }
        let noted = erasures.note(drafts, in: room, on: eventLoop)
        let command = RedisCommand.publish(
            drafts, to: room, as: .publish, origin: node, keys: keys, configuration: configuration,
            isTight: shard.memory.isNearlyFull)
        shard.publish.send(command, on: eventLoop) { [index, userRooms, erasures, answered] reply in
            erasures.published(in: room, notedAt: noted, on: eventLoop)
            do throws(RedisError) {
                let results = try reply.get().publishResults(of: drafts.count)
                let newest = results.compactMap { try? $0.get().position.id.ms }.max()
                if let newest { index.note(room, at: newest, on: eventLoop) }
                for (draft, result) in zip(drafts, results) where draft.isRoomChange {
                    switch result {
                    case .success(let receipt) where !receipt.duplicate:
                        userRooms.note(draft, in: room, at: receipt.position.id, on: eventLoop)
                    case .failure(.alreadyIn): userRooms.note(draft, in: room, at: nil, on: eventLoop)
                    case .success, .failure: break
                    }
                }
                answered(results)
            } catch {
                answered(drafts.map { _ in .failure(RelayError(error)) })
            }
        }
    }

    package func signal(_ signal: RoomSignal, to room: RoomName, on eventLoop: any EventLoop) {
        let command = RedisCommand(.publish, keys.publish, keys.channel(room), LiveWire.encode(signal))
        shards.shard(of: keys.channel(room)).publish.send(command, on: eventLoop) { _ in }
    }

    package func subscribe(
        to room: RoomName, on eventLoop: any EventLoop, completion: @escaping @Sendable () -> Void
    ) {
        state.withLock {
            $0.waiting[room, default: []].append(Waiting(eventLoop: eventLoop, completion: completion))
        }
        subscribe(to: .room(room))
    }

    package func unsubscribe(from room: RoomName, on eventLoop: any EventLoop) {
        let subscriber = state.withLock { state in
            state.waiting[room] = nil
            return state.places.removeValue(forKey: .room(room))
        }
        subscriber?.unsubscribe(from: keys.channel(room))
    }

    /// Why messages wait for replicas; `nil`: they do not.
    package var degradedReason: String? {
        guard let confirmation else { return nil }
        let wanted = configuration.waitReplicas
        for shard in shards.all where shard.health.carries {
            let online = shard.memory.replicas.count(where: \.isOnline)
            guard online < wanted || confirmation.isFailing(shard.publish) else { continue }
            let reason = online < wanted ? "has only \(online) of" : "waits for"
            return
                "messages wait: \(shard.name) \(reason) \(wanted) replicas that must confirm them (REDIS_WAIT_REPLICAS)"
        }
        return nil
    }

    package var unreadyReason: String? { nil }

    // MARK: - Subscriptions

    private func subscribe(to channel: Channel) {
        let subscriber = subscriber(of: channel)
        state.withLock { $0.places[channel] = subscriber }
        subscriber.subscribe(to: name(of: channel))
    }

    private func listen() {
        for subscriber in shards.all.flatMap(\.subscribers) { subscriber.attach(self) }
    }

    /// The map of the cluster was read: what is now on another shard is subscribed there.
    private func followSlots() {
        listen()
        // What is still waiting for its first confirmation gets it from the new place.
        for (channel, old) in state.withLock({ $0.places }) {
            let new = subscriber(of: channel)
            guard new !== old else { continue }
            let isWaiting = state.withLock { state in
                state.places[channel] = new
                guard case .room(let room) = channel else { return false }
                return state.waiting[room] != nil
            }
            old.unsubscribe(from: name(of: channel))
            new.subscribe(to: name(of: channel), again: !isWaiting)
        }
        for subscriber in shards.all.flatMap(\.subscribers) { subscriber.retry() }
    }

    private func name(of channel: Channel) -> String {
        switch channel {
        case .room(let room): keys.channel(room)
        case .inbox: inbox
        case .users: users
        case .devices: devices
        }
    }

    private func subscriber(of channel: Channel) -> RedisSubscriber {
        let subscribers = shards.shard(of: name(of: channel)).subscribers
        guard case .room(let room) = channel else { return subscribers[0] }
        return subscribers[Int(room.stableHash % UInt64(subscribers.count))]
    }
}

extension RedisRelay: RedisSubscriberDelegate {
    package func received(_ batches: [RedisMessageBatch], by subscriber: RedisSubscriber) {
        let receiver = state.withLock { $0.receiver }
        for batch in batches {
            guard let room = keys.room(ofChannel: batch.channel) else {
                if batch.channel == inbox { receivedAnswers(batch.payloads, for: receiver) }
                if batch.channel == users || batch.channel == devices {
                    receivedNews(batch.payloads, for: receiver)
                }
                canaries?.received(batch.payloads, on: batch.channel, by: subscriber)
                continue
            }
            let events = batch.payloads.compactMap { LiveWire.parse($0) }
            if events.count < batch.payloads.count {
                metrics.malformedLive.increment(by: batch.payloads.count - events.count)
            }
            if !events.isEmpty { receiver?.deliver(events, to: room) }
        }
    }

    /// Answers to questions of this node, from any node.
    private func receivedAnswers(_ payloads: [[UInt8]], for receiver: (any RelayReceiver)?) {
        for payload in payloads {
            guard let event = LiveWire.parse(payload), case .signal(.answered(let answer)) = event else {
                metrics.malformedLive.increment()
                continue
            }
            receiver?.deliver([event], to: answer.room)
        }
    }

    private func receivedNews(_ payloads: [[UInt8]], for receiver: (any RelayReceiver)?) {
        for payload in payloads {
            guard let news = LiveWire.parseNews(payload) else {
                metrics.malformedLive.increment()
                continue
            }
            receiver?.tell(news.user, news.news)
        }
    }

    package func confirmed(_ channel: String, by subscriber: RedisSubscriber) {
        guard let room = keys.room(ofChannel: channel) else {
            canaries?.subscribed(to: [channel], subscriber)
            return
        }
        let waiting = state.withLock { $0.waiting.removeValue(forKey: room) ?? [] }
        for waiting in waiting {
            if waiting.eventLoop.inEventLoop {
                waiting.completion()
            } else {
                waiting.eventLoop.execute(waiting.completion)
            }
        }
    }

    package func resubscribed(_ channels: [String], by subscriber: RedisSubscriber) {
        let rooms = channels.compactMap { keys.room(ofChannel: $0) }
        state.withLock { $0.receiver }?.resubscribed(rooms)
        canaries?.subscribed(to: channels, subscriber)
    }
}

extension RedisReply {
    /// The reply of `publish.lua`: one element per draft.
    fileprivate func publishResults(of count: Int) throws(RedisError) -> [Result<PublishReceipt, RelayError>] {
        let replies = try array()
        guard replies.count == count else { throw RedisError.unexpectedPublishReply }
        var results: [Result<PublishReceipt, RelayError>] = []
        results.reserveCapacity(count)
        for reply in replies { results.append(try reply.publishResult()) }
        return results
    }

    private func publishResult() throws(RedisError) -> Result<PublishReceipt, RelayError> {
        if case .error(let text) = self { return .failure(RelayError(RedisError.server(text))) }
        let parts = try array()
        if parts.count == 2, try parts[0].string() == RelayError.Code.slowed.rawValue {
            return .failure(.slowed(for: try parts[1].integer()))
        }
        if parts.count == 1, let refusal = RelayError(refusal: try parts[0].string()) { return .failure(refusal) }
        guard parts.count == 3, let epoch = try Epoch(parts[0].string()), let id = try MessageID(parts[1].string())
        else { throw RedisError.unexpectedPublishReply }
        let position = RoomPosition(epoch: epoch, id: id)
        return .success(PublishReceipt(position: position, duplicate: try parts[2].integer() == 1))
    }
}

extension RedisError {
    fileprivate static let unexpectedPublishReply = RedisError(.unexpectedReply, "unexpected reply from publish.lua")
}
