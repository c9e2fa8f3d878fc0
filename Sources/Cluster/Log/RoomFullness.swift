import NIOCore

/// Whether there are as many rooms as guests may make, by list. Redis is asked when somebody wants to know, at most
/// every ten seconds. A pure value.
struct RoomFullness {
    private static let interval = TimeAmount.seconds(10)

    private struct Answer {
        var isFull = false
        var asked: NIODeadline
    }

    private var answers: [String: Answer] = [:]

    /// - Returns: `isDue`: ask Redis, and tell what it `found`.
    mutating func ask(_ list: String, at now: NIODeadline) -> (isFull: Bool, isDue: Bool) {
        guard var answer = answers[list] else {
            answers[list] = Answer(asked: now)
            return (false, true)
        }
        guard now - answer.asked >= Self.interval else { return (answer.isFull, false) }
        answer.asked = now
        answers[list] = answer
        return (answer.isFull, true)
    }

    mutating func found(_ list: String, isFull: Bool) { answers[list]?.isFull = isFull }
}
