/// Lets a crowd talk for a while: by a schedule, or as fast as it is answered.
package struct CrowdDrive: Sendable {
    package enum Pace: Hashable, Sendable {
        case perSecond(Double)
        case asAnswered
    }

    /// The finest grain of the schedule: a thousand messages a second are five at a time.
    private static let tick = Duration.milliseconds(5)
    /// Beyond this many messages without an ack the schedule waits: a cluster that is away must not fill memory here.
    private static let mostWaiting = 20_000

    package let crowd: Crowd
    package let pace: Pace
    package let textBytes: Int
    package let seed: UInt64

    package init(_ crowd: Crowd, pace: Pace, textBytes: Int, seed: UInt64) {
        self.crowd = crowd
        self.pace = pace
        self.textBytes = textBytes
        self.seed = seed
    }

    /// Returns when `duration` is over, or earlier when `step`, which is called at every tick, says so.
    /// - Returns: how long it took.
    package func run(for duration: Duration, step: (Duration) -> Bool) async throws -> Duration {
        let begin = ContinuousClock.now
        let text = String(repeating: "x", count: textBytes)
        var schedule: SendSchedule?
        switch pace {
        case .perSecond(let rate):
            schedule = SendSchedule(
                clients: crowd.clients.count, rooms: crowd.rooms.count, perSecond: rate, seed: seed)
        case .asAnswered:
            crowd.chatter.start(crowd, text: text)
        }
        var choices = SplitMix64(seed: ~seed)
        var turn = schedule?.next()
        var number = 0
        while true {
            let elapsed = ContinuousClock.now - begin
            guard elapsed < duration, step(elapsed) else { break }
            while let due = turn, due.due <= elapsed, crowd.record.waiting < Self.mostWaiting {
                number += 1
                crowd.speak(
                    text, key: "turn-\(number)", from: due.client, to: crowd.rooms[due.room], using: &choices)
                turn = schedule?.next()
            }
            try await Task.sleep(for: Self.tick)
        }
        crowd.chatter.stop()
        return ContinuousClock.now - begin
    }
}
