import ChatClient
import ChatModel
import Synchronization
import TestSupport
import Testing

/// A crowd that talks without pause while something breaks, once or many times, and what came of it.
///
/// The quick form breaks it once; the long form (`FaultScale`) goes on until so many messages were sent.
final class FaultRun: Sendable {
    private static let members = 4
    static let rooms = ["red", "green", "blue"].compactMap { RoomName($0) }
    private static let tick = Duration.milliseconds(10)
    /// Talk before each break. While it lasts little is said, so that the long form is mostly calm.
    private static let calm = FaultScale.choose(quick: Duration.milliseconds(500), long: .seconds(5))
    /// Beyond this many unanswered messages the crowd waits, so that a long fault ends with a backlog, not a flood.
    private static let backlog = 1_500

    let fault: Int
    let title: String
    let seed = FaultScale.seed()
    let crowd: Crowd
    private let goal: Int
    private let perTick: Int
    private let isTalking = Atomic(false)
    private let sent = Atomic(0)
    private let worstHeal = Mutex(Duration.zero)
    private let slowestAgreement = Mutex<Duration?>(nil)

    /// - Parameters:
    ///   - goal: how many messages the long form sends at the least.
    ///   - perTick: and how many every 10 ms.
    init(
        _ fault: Int, _ title: String, on nodes: [NodeProcess], goal: Int = 100_000,
        perTick: Int = FaultScale.choose(quick: 3, long: 30)
    ) {
        self.fault = fault
        self.title = title
        self.goal = goal
        self.perTick = perTick
        crowd = Crowd(Self.members, on: nodes, rooms: Self.rooms)
    }

    /// How often it was broken.
    var breaks: Int { rounds.load(ordering: .relaxed) }
    private let rounds = Atomic(0)

    /// Reported: how long the nodes took to see of each other what they had to. The slowest counts.
    func agreed(in time: Duration) { slowestAgreement.withLock { $0 = max($0 ?? .zero, time) } }

    /// Breaks and heals under load, waits until everybody has everything, and judges.
    /// - Parameters:
    ///   - measures: whether that time says something: `body` ends with the mending.
    ///   - body: breaks it and mends it; the crowd talks from a little before it until it returns.
    ///   - expect: of the verdict, besides that it is clean: mostly that Redis has lost nothing.
    func judge(
        measures: Bool = true, _ body: () async throws -> Void,
        expecting expect: (HistoryVerdict) throws -> Void = { try #require($0.isComplete, "\($0)") }
    ) async throws {
        defer { crowd.stop() }
        try await crowd.start()
        repeat {
            try await talk(while: body)
            let mended = ContinuousClock.now
            // Until everything that was said meanwhile has reached everybody.
            try await crowd.waitUntilSettled(within: .seconds(30))
            worstHeal.withLock { $0 = max($0, ContinuousClock.now - mended) }
            rounds.add(1, ordering: .relaxed)
        } while FaultScale.isLong && sent.load(ordering: .relaxed) < goal
        try await say(30)
        try await crowd.waitUntilSettled(within: .seconds(30))
        try await crowd.stopAndCompare()

        let verdict = crowd.record.verdict
        try FaultReport(
            fault: fault, title: title, verdict: verdict, timeToHeal: measures ? worstHeal.withLock { $0 } : nil,
            timeToAgree: slowestAgreement.withLock { $0 }, seed: seed
        ).record()
        try #require(verdict.isClean, "seed \(seed): \(verdict)")
        try #require(verdict.unanswered == 0, "seed \(seed): \(verdict)")
        try #require(crowd.record.refusals.isEmpty, "seed \(seed): \(crowd.record.refusals.prefix(3))")
        try #require(verdict.statesCompared > 0, "seed \(seed): \(verdict)")
        try expect(verdict)
    }

    private func talk(while body: () async throws -> Void) async throws {
        isTalking.store(true, ordering: .relaxed)
        async let talking: Void = talk()
        do {
            try await Task.sleep(for: Self.calm)
            try await body()
        } catch {
            isTalking.store(false, ordering: .relaxed)
            try await talking
            throw error
        }
        isTalking.store(false, ordering: .relaxed)
        try await talking
    }

    private func talk() async throws {
        var generator = SeededGenerator(seed: seed &+ UInt64(rounds.load(ordering: .relaxed)))
        while isTalking.load(ordering: .relaxed) {
            if crowd.record.waiting < Self.backlog {
                for _ in 0..<perTick { sendOne(using: &generator) }
            }
            try await Task.sleep(for: Self.tick)
        }
    }

    private func say(_ count: Int) async throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<count { sendOne(using: &generator) }
    }

    private func sendOne(using generator: inout SeededGenerator) {
        let number = sent.add(1, ordering: .relaxed).newValue
        let sender = Int.random(in: 0..<Self.members, using: &generator)
        let room = Self.rooms[Int.random(in: 0..<Self.rooms.count, using: &generator)]
        crowd.speak("message \(number)", key: "key-\(number)", from: sender, to: room, using: &generator)
    }
}

extension HistoryVerdict {
    /// Redis has lost nothing, and nobody was told that it had.
    var isComplete: Bool { reportedGaps == 0 && lostByRedis == 0 }
}

extension [NodeProcess] {
    /// The sum of one series over all nodes.
    func metric(_ series: String) async throws -> Double {
        var sum = 0.0
        for node in self { sum += try await node.metric(series) }
        return sum
    }
}
