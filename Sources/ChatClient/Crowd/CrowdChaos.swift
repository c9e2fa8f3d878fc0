import NIOCore
package import NIOSSL
import Synchronization

/// Disrupts a crowd from outside, following a `ChaosSchedule`: sockets are reset, left half-open or not read, and extra
/// sockets send invalid frames. Everything is counted.
package final class CrowdChaos: Sendable {
    package struct Counts: Sendable, Encodable {
        package var resets = 0
        package var halfOpen = 0
        package var slowReaders = 0
        package var deafReaders = 0
        package var badFrames = 0
        /// Closed by the server with the code the protocol demands.
        package var badFramesRefused = 0
        /// Closed with another code, or not at all.
        package var badFramesNotRefused: [String] = []
    }

    private struct State {
        var schedule: ChaosSchedule
        var due: ContinuousClock.Instant
        var disturbance: ChaosSchedule.Disturbance
        /// Clients that are not reading, with the time at which they resume.
        var deaf: [Int: ContinuousClock.Instant] = [:]
        var counts = Counts()
        /// Invalid frames without an answer yet.
        var pending = 0
    }

    private let crowd: Crowd
    private let urls: [WebSocketURL]
    private let tls: NIOSSLContext?
    private let state: Mutex<State>

    package init(_ crowd: Crowd, at urls: [WebSocketURL], tls: NIOSSLContext?, seed: UInt64) {
        self.crowd = crowd
        self.urls = urls
        self.tls = tls
        var schedule = ChaosSchedule(clients: crowd.clients.count, seed: seed)
        let (pause, first) = schedule.next()
        state = Mutex(State(schedule: schedule, due: .now + pause, disturbance: first))
    }

    package var counts: Counts { state.withLock { $0.counts } }

    /// Performs what is due. Call every few milliseconds.
    package func step(at now: ContinuousClock.Instant = .now) {
        let (hearing, due) = state.withLock { state in
            let hearing = state.deaf.filter { $0.value <= now }.map(\.key)
            for client in hearing { state.deaf[client] = nil }
            var due: [ChaosSchedule.Disturbance] = []
            while state.due <= now {
                due.append(state.disturbance)
                let (pause, next) = state.schedule.next()
                state.due += pause
                state.disturbance = next
            }
            return (hearing, due)
        }
        for client in hearing { setDeaf(false, client) }
        for disturbance in due { disturb(disturbance, at: now) }
    }

    /// Stops the chaos; paused clients resume reading.
    package func stop() {
        let deaf = state.withLock { state in
            defer { state.deaf = [:] }
            return Array(state.deaf.keys)
        }
        for client in deaf { setDeaf(false, client) }
    }

    /// Each bad frame's socket has its own deadline.
    package func waitForAnswers() async throws {
        while state.withLock({ $0.pending }) > 0 { try await Task.sleep(for: .milliseconds(20)) }
    }

    private func disturb(_ disturbance: ChaosSchedule.Disturbance, at now: ContinuousClock.Instant) {
        switch disturbance {
        case .reset(let client):
            guard isFree(client) else { return }
            state.withLock { $0.counts.resets += 1 }
            crowd.clients[client].reset()
        case .halfOpen(let client):
            guard isFree(client) else { return }
            state.withLock { $0.counts.halfOpen += 1 }
            crowd.clients[client].abandon(for: ChaosSchedule.halfOpenFor)
        case .slow(let client, let duration): deafen(client, until: now + duration, counting: \.slowReaders)
        case .deaf(let client):
            deafen(client, until: now + ChaosSchedule.longestDeafness, counting: \.deafReaders)
        case .badFrame(let frame): send(frame)
        }
    }

    private func deafen(
        _ client: Int, until end: ContinuousClock.Instant, counting count: WritableKeyPath<Counts, Int>
    ) {
        guard isFree(client) else { return }
        state.withLock { state in
            state.counts[keyPath: count] += 1
            state.deaf[client] = end
        }
        setDeaf(true, client)
    }

    /// Only clients that are in their rooms and reading can be disrupted.
    private func isFree(_ client: Int) -> Bool {
        crowd.record.isLive(client) && state.withLock { $0.deaf[client] == nil }
    }

    private func setDeaf(_ deaf: Bool, _ client: Int) {
        crowd.record.setDeaf(deaf, client: client)
        crowd.clients[client].setReading(!deaf)
    }

    private func send(_ frame: BadFrame) {
        let number = state.withLock { state in
            state.counts.badFrames += 1
            state.pending += 1
            return state.counts.badFrames
        }
        let eventLoop = crowd.clients[number % crowd.clients.count].eventLoop
        BadFrameSocket.send(frame, to: urls[number % urls.count], tls: tls, on: eventLoop).whenComplete { result in
            self.state.withLock { state in
                state.pending -= 1
                switch result {
                case .success(frame.expectedCode): state.counts.badFramesRefused += 1
                case .success(let code):
                    state.counts.notRefused("\(frame.rawValue): closed with \(code.map(String.init) ?? "no code")")
                case .failure(let error):
                    state.counts.notRefused("\(frame.rawValue): \(Unreachable.reason(of: error))")
                }
            }
        }
    }
}

extension CrowdChaos.Counts {
    private static let kept = 20

    fileprivate mutating func notRefused(_ what: String) {
        if badFramesNotRefused.count < Self.kept { badFramesNotRefused.append(what) }
    }
}
