/// Makes a crowd send for a while: on a schedule, or as fast as it is acknowledged.
package struct CrowdDrive: Sendable {
    package enum Pace: Hashable, Sendable {
        case perSecond(Double)
        case asAnswered
    }

    /// The schedule's resolution: at a thousand messages per second, five are sent at a time.
    private static let tick = Duration.milliseconds(5)
    /// The schedule pauses above this many unacknowledged messages, so that an unavailable cluster does not fill
    /// memory.
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

    /// Returns after `duration`, or earlier if `step`, which is called at every tick, returns false.
    /// - Returns: the elapsed time.
    package func run(for duration: Duration, step: (Duration) -> Bool) async throws -> Duration {
        let begin = ContinuousClock.now
        let text = String(repeating: "x", count: textBytes)
        var schedule: SendSchedule?
        switch pace {
        case .perSecond(let rate):
            schedule = SendSchedule(clients: crowd.clients.count, rooms: crowd.rooms.count, perSecond: rate, seed: seed)
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
                crowd.speak(text, key: "turn-\(number)", from: due.client, to: crowd.rooms[due.room], using: &choices)
                turn = schedule?.next()
            }
            try await Task.sleep(for: Self.tick)
        }
        crowd.chatter.stop()
        return ContinuousClock.now - begin
    }
}
