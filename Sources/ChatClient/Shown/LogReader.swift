import ChatModel
import ChatProtocol
import NIOCore
import NIOSSL
import Synchronization

/// Reads the current logs of rooms: a separate client that joins the rooms and requests their history page by page, one
/// request at a time, repeated if no answer arrives. Used once.
final class LogReader: Sendable {
    private struct State {
        var readings: [LogReading]
        /// The current search, and its answer.
        var probe: Probe?
        var found: [ChatMessage]?
        var live: Set<RoomName> = []
        var askedAt: ContinuousClock.Instant?
        /// The retry delay set by the server.
        var pausedUntil: ContinuousClock.Instant?
        var trouble: String?
    }

    /// A text that was deleted, to be searched for.
    struct Probe: Sendable {
        let room: RoomName
        let id: MessageID
        let text: String

        /// From just after the message backwards.
        var question: ClientFrame? {
            guard let word = text.split(separator: " ").first, let query = SearchQuery(String(word)) else { return nil }
            let before = MessageID(ms: id.ms, seq: id.seq &+ 1)
            return .search(room: room, .init(query, before: before, key: "\(id)"))
        }
    }

    /// Answers may be lost with a connection.
    private static let patience = Duration.seconds(3)
    private static let look = Duration.milliseconds(10)

    private let state: Mutex<State>

    /// - Parameter rooms: with the oldest number needed from each.
    init(_ rooms: [(name: RoomName, first: UInt64)]) {
        state = Mutex(State(readings: rooms.map { LogReading($0.name, from: $0.first) }))
    }

    /// Throws the reason if it takes too long.
    /// - Parameters:
    ///   - probes: what to search for, once the logs are known.
    ///   - found: called with the answer to each.
    func read(
        at urls: [WebSocketURL], token: String?, tls: NIOSSLContext?, on eventLoop: any EventLoop,
        within limit: Duration, probes: ([LogReading]) -> [Probe], found: (Probe, [ChatMessage]) -> Void
    ) async throws -> [LogReading] {
        let client = ChatClient(
            urls: urls, configuration: .init(name: "reader", token: token), tls: tls, on: eventLoop
        ) { self.observe($0, at: .now) }
        defer { client.stop() }
        for reading in state.withLock({ $0.readings }) { client.join(reading.room) }
        client.start()
        let end = ContinuousClock.now + limit
        while let reading = state.withLock({ $0.readings.first { !$0.isDone } }) {
            let now = ContinuousClock.now
            guard now < end else {
                let why = state.withLock { $0.trouble }.map { ": \($0)" } ?? ""
                throw Crowd.Deadline(description: "timed out after \(limit) reading the log of \(reading.room)\(why)")
            }
            if mayAsk(reading.room, at: now) { client.ask(for: reading.part, of: reading.room) }
            try await Task.sleep(for: Self.look)
        }
        let readings = state.withLock { $0.readings }
        for probe in probes(readings) {
            guard let question = probe.question else { continue }
            state.withLock { ($0.probe, $0.found, $0.askedAt) = (probe, nil, nil) }
            while true {
                if let messages = state.withLock({ $0.found }) {
                    found(probe, messages)
                    break
                }
                let now = ContinuousClock.now
                guard now < end else {
                    let why = state.withLock { $0.trouble }.map { ": \($0)" } ?? ""
                    throw Crowd.Deadline(description: "timed out after \(limit) searching \(probe.room)\(why)")
                }
                if mayAsk(probe.room, at: now) { client.ask(question) }
                try await Task.sleep(for: Self.look)
            }
        }
        return readings
    }

    private func mayAsk(_ room: RoomName, at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.live.contains(room), state.pausedUntil.map({ $0 <= now }) ?? true,
                state.askedAt.map({ now - $0 >= Self.patience }) ?? true
            else { return false }
            state.askedAt = now
            return true
        }
    }

    private func observe(_ event: ClientEvent, at now: ContinuousClock.Instant) {
        state.withLock { state in
            switch event {
            case .caughtUp(let room):
                state.live.insert(room)
            case .frame(.history(let page)):
                guard let index = state.readings.firstIndex(where: { $0.room == page.room }) else { return }
                state.readings[index].take(page)
                state.askedAt = nil
            case .frame(.found(let answer)):
                guard let probe = state.probe, answer.room == probe.room, answer.key == "\(probe.id)" else { return }
                state.found = answer.page.messages
            case .closed:
                state.live = []
                state.askedAt = nil
            case .left(let room, _), .expelled(let room, _):
                state.live.remove(room)
            case .failed(let error), .refused(_, _, let error), .postponed(_, _, let error):
                state.trouble = "\(error.code.rawValue), \(error.message)"
                state.pausedUntil = now + .milliseconds(min(max(error.retryAfterMs ?? 1_000, 0), 10_000))
                state.askedAt = nil
            case .unreachable(let url, let reason):
                state.trouble = "\(url) cannot be reached: \(reason)"
            case .violation(let what):
                state.trouble = what
            case .opened, .joined, .message, .gap, .acked, .abandoned, .frame:
                break
            }
        }
    }
}
