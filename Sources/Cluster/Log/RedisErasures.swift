import ChatModel
import CoreMetrics
package import Logging
import NIOCore
import Operations
package import RedisClient
import ServiceLifecycle
import Supervision
import Synchronization

/// Erases deleted and superseded texts from the rooms' logs in Redis (`docs/protocol.md`, section 10): some seconds after
/// the deletion, a room's log is copied without them, and the copy takes its place.
///
/// The relay notes rooms in a set in Redis, `run()` takes them from there. So what a node leaves undone, another does;
/// and a room is not copied for each deletion.
package final class RedisErasures: Service {
    /// After which another node may take a room over, and after which a room is tried again that has to wait.
    private static let lease = Duration.seconds(60)
    private static let restAfterFailure = Duration.seconds(600)
    private static let mostUnnoted = 1_000
    /// Longer logs are copied as often as one of this length.
    private static let longestLog = 1_000_000

    private let shards: RedisShards
    private let keys: RoomKeys
    private let node: String
    private let pace: ErasurePace
    private let metrics: ErasureMetrics
    private let logger: Logger
    /// Rooms whose note has failed.
    private let unnoted = Mutex<Set<RoomName>>([])
    private let outage = Mutex(OutageReport())

    /// - Parameters:
    ///   - shards: set up with `RoomScripts`.
    ///   - node: this node's name: no other one writes its copies.
    package init(
        shards: RedisShards, keys: RoomKeys, node: String, pace: ErasurePace = ErasurePace(), metrics: ClusterMetrics,
        logger: Logger
    ) {
        self.shards = shards
        self.keys = keys
        self.node = node
        self.pace = pace
        self.metrics = metrics.erasures
        self.logger = logger
    }

    /// Call before the drafts are published, so that no deletion that Redis has is forgotten.
    /// - Returns: when the room was noted; `nil`: there is nothing to erase after these drafts.
    func note(_ drafts: [MessageDraft], in room: RoomName, on eventLoop: any EventLoop) -> NIODeadline? {
        guard drafts.contains(where: { $0.act?.replacesText ?? false }) else { return nil }
        note(room, on: eventLoop)
        return .now()
    }

    /// Call when the drafts have been answered: after a slow answer, the room may have been looked at too early.
    func published(in room: RoomName, notedAt noted: NIODeadline?, on eventLoop: any EventLoop) {
        guard let noted, NIODeadline.now() - noted > .milliseconds(Int64(pace.settling / .milliseconds(2))) else {
            return
        }
        note(room, on: eventLoop)
    }

    private func note(_ room: RoomName, on eventLoop: any EventLoop) {
        shards.shard(of: keys.erasures).publish.send(noteCommand(room), on: eventLoop) { [self] result in
            guard case .failure = result else { return }
            unnoted.withLock { rooms in
                if rooms.count < Self.mostUnnoted { rooms.insert(room) }
            }
        }
    }

    private func noteCommand(_ room: RoomName) -> RedisCommand {
        RedisCommand(.erase, "ZADD", keys.erasures, "INCR", 1, room.description)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                do throws(RedisError) {
                    while !Task.isCancelled, try await eraseNext() {}
                } catch {
                    failed(error)
                }
                try? await Task.sleep(for: pace.glance)
            }
        }
    }

    /// Erases in one room, if one is due. A room that fails keeps no other one waiting.
    /// - Throws: if the set of rooms cannot be asked.
    /// - Returns: whether another room may be due.
    package func eraseNext() async throws(RedisError) -> Bool {
        while let room = unnoted.withLock(\.first) {
            _ = try await index.send(noteCommand(room))
            unnoted.withLock { _ = $0.remove(room) }
        }
        let reply = try await index.send(command("claim", Self.lease)).array()
        guard let waiting = try reply.first?.integer() else { return false }
        metrics.waiting.set(waiting)
        guard reply.count == 3 else { return false }
        let (name, score) = (try reply[1].string(), try reply[2].string())
        guard let room = RoomName(name) else {
            _ = try await index.send(RedisCommand(.erase, "ZREM", keys.erasures, name))
            return true
        }
        var rest = Self.restAfterFailure
        do throws(RedisError) {
            rest = try await erase(in: room)
        } catch {
            failed(error, in: room)
        }
        _ = try await index.send(command("release", rest, room.description, score))
        return true
    }

    private func failed(_ error: RedisError, in room: RoomName? = nil) {
        metrics.failed.increment()
        guard error.code != .notConnected, outage.withLock({ $0.failed(now: .now) }) != .nothing else { return }
        logger.warning(
            "deleted texts stay in Redis for now: tried again later",
            metadata: [LogKey.error: "\(error.message)"].merging(
                room.map { [LogKey.roomName: "\($0)"] } ?? [:], uniquingKeysWith: { $1 }))
    }

    private var index: RedisLink { shards.shard(of: keys.erasures).read }

    private func command(_ name: String, _ time: Duration, _ rest: String...) -> RedisCommand {
        var command = RoomScripts.erasures.call(.erase, keys: [keys.erasures])
        command.append(Int(pace.settling / .milliseconds(1)))
        command.append(name)
        command.append(Int(time / .milliseconds(1)))
        for part in rest { command.append(part) }
        return command
    }

    /// - Returns: when to look at the room again; zero: there is nothing to erase.
    private func erase(in room: RoomName) async throws(RedisError) -> Duration {
        let shard = shards.shard(of: keys.log(room))
        // It is away, or has no memory for a copy.
        if !shard.health.carries || shard.memory.isNearlyFull { return Self.lease }
        var arguments: [String] = []
        while !Task.isCancelled {
            var command = RoomScripts.erase.call(
                .erase, keys: [keys.log(room), keys.head(room), keys.acts(room), keys.copy(of: room, by: node)])
            command.append(pace.entriesAtOnce)
            command.append(Int(Self.lease / .seconds(1)))
            for argument in arguments { command.append(argument) }
            let reply = try await shard.read.send(command).array()
            switch try reply.first?.string() {
            case "more":
                arguments = []
                for part in reply.dropFirst() { arguments.append(try part.string()) }
                try? await Task.sleep(for: pace.pause)
            case "erased":
                metrics.done.increment()
                if outage.withLock({ $0.ended(now: .now) }) != nil {
                    logger.notice("deleted texts are erased from Redis again")
                }
                // The number comes from Redis, so it must not trap.
                let length = reply.count == 2 ? try reply[1].integer() : 0
                return pace.restPerEntry * min(max(0, Int(clamping: length)), Self.longestLog)
            case "changed": return Self.lease
            default: return .zero
            }
        }
        return Self.lease
    }
}

/// How fast deleted texts are erased.
package struct ErasurePace: Sendable {
    /// How often to look for rooms.
    package var glance = Duration.seconds(2)
    /// From the note of a deletion, which comes just before it, until the room is due.
    package var settling = Duration.seconds(2)
    /// Copied in one call: about a millisecond of Redis' time.
    package var entriesAtOnce = 100
    /// Between two calls.
    package var pause = Duration.milliseconds(50)
    /// For each entry of a log that was copied, until it is copied again: copying costs Redis a thousandth of the time.
    package var restPerEntry = Duration.milliseconds(10)

    package init() {}
}

/// Of erasing deleted texts.
struct ErasureMetrics: Sendable {
    let waiting: Meter
    let done: Counter
    let failed: Counter

    init(factory: any MetricsFactory) {
        func counter(_ result: String) -> Counter {
            Counter(label: "webchat_erasures_total", dimensions: [("result", result)], factory: factory)
        }
        waiting = Meter(label: "webchat_erasures_waiting", factory: factory)
        done = counter("done")
        failed = counter("failed")
    }

    static let descriptions = [
        MetricDescription(
            "webchat_erasures_waiting", .gauge, help: "Rooms with deleted texts in Redis, or erased a moment ago."),
        MetricDescription(
            "webchat_erasures_total", .counter, help: "Logs from which deleted texts were erased, by result.",
            labels: [.init("result", ["done", "failed"])]),
    ]
}

extension MessageAct {
    /// Whether a text in the log is not sent to anybody after it.
    fileprivate var replacesText: Bool {
        switch self {
        case .edit, .delete: true
        case .react, .room, .other: false
        }
    }
}
