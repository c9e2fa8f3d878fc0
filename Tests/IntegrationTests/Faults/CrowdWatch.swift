import ChatClient
import ChatProtocol
import Synchronization
import TestSupport

/// What a crowd goes through while something breaks: how long each client is away, and how fast they come back.
struct CrowdWatch: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Accepts are counted over this long: in less, chance weighs more than the rate.
    private static let window = Duration.seconds(2)
    private static let look = Duration.milliseconds(20)

    /// How long a client is away at the most; the quick form runs on any machine, and that may have other things to do.
    static let promisedAbsence = FaultScale.choose(quick: Duration.seconds(15), long: .seconds(5))

    private(set) var absences: [Duration] = []
    private var awaySince: [Instant?]
    private var connections: [(at: Instant, count: Int)] = []

    private init(clients: Int) {
        awaySince = .init(repeating: nil, count: clients)
    }

    /// By how many clients were away at most this long, from 0 to 1.
    func absence(_ share: Double) -> Duration {
        let sorted = absences.sorted()
        return sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    /// Connections a second, in the busiest two seconds.
    var peakRate: Double {
        var first = connections.startIndex
        var most = 0
        for last in connections {
            while last.at - connections[first].at > Self.window { first += 1 }
            most = max(most, last.count - connections[first].count)
        }
        return Double(most) / (Self.window / .seconds(1))
    }

    private mutating func look(at crowd: Crowd, now: Instant) {
        connections.append((now, crowd.record.connections))
        for client in awaySince.indices {
            let isLive = crowd.record.isLive(client)
            if let since = awaySince[client], isLive {
                absences.append(now - since)
                awaySince[client] = nil
            } else if awaySince[client] == nil, !isLive {
                awaySince[client] = now
            }
        }
    }

    fileprivate static func watch(_ crowd: Crowd) async -> CrowdWatch {
        var watch = CrowdWatch(clients: crowd.clients.count)
        repeat {
            watch.look(at: crowd, now: .now)
        } while (try? await Task.sleep(for: look)) != nil
        watch.look(at: crowd, now: .now)
        return watch
    }
}

extension Crowd {
    /// Has random members talk, so many times a second, and watches all of them while `body` does its worst.
    /// - `least`: goes on until so much has been said.
    func talking(
        perSecond: Int, atLeast least: Int = 0, key: String, seed: UInt64, while body: () async throws -> Void
    ) async throws -> CrowdWatch {
        let said = Said()
        return try await withThrowingTaskGroup(of: CrowdWatch?.self) { tasks in
            tasks.addTask {
                await talk(perSecond: perSecond, key: key, seed: seed, said)
                return nil
            }
            tasks.addTask { await CrowdWatch.watch(self) }
            try await body()
            try await eventually("enough is said", within: .seconds(120)) {
                said.count.load(ordering: .relaxed) >= least
            }
            tasks.cancelAll()
            let seen = try await tasks.reduce(nil) { $0 ?? $1 }
            guard let seen else { preconditionFailure("the watch ended without a report") }
            return seen
        }
    }

    /// Until cancelled.
    private func talk(perSecond: Int, key: String, seed: UInt64, _ said: Said) async {
        var generator = SeededGenerator(seed: seed)
        let begin = ContinuousClock.now
        var number = 0
        repeat {
            let due = Int((ContinuousClock.now - begin) / .seconds(1) * Double(perSecond))
            while number < due {
                number += 1
                said.count.store(number, ordering: .relaxed)
                let client = Int.random(in: clients.indices, using: &generator)
                let room = rooms[Int.random(in: rooms.indices, using: &generator)]
                speak("message \(number)", key: "\(key)-\(number)", from: client, to: room, using: &generator)
            }
        } while (try? await Task.sleep(for: .milliseconds(5))) != nil
    }
}

private final class Said: Sendable {
    let count = Atomic(0)
}
