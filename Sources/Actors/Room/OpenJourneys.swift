import ChatModel
import ChatProtocol
import NIOCore

/// Members' questions about a message's journey, until every node has answered or the time is up.
///
/// Pure: the room asks and writes; the shard's tick tells the time.
struct OpenJourneys {
    /// Open at once in a room of this node. Each costs every node of the room a hop and an answer.
    static let limit = 8
    /// A node that has not answered by then is stalled, cut off or runs an older version.
    static let patience: TimeAmount = .seconds(1)
    /// More nodes than any cluster has. Bounds memory against whatever a channel brings.
    static let mostAnswers = 1_000
    /// Questions from other nodes answered between two ticks of the shard; further ones are dropped.
    static let answersPerTick = 8

    /// Who asks, and about which message.
    struct Wish: Hashable {
        let asker: ObjectIdentifier
        let key: String
        let message: MessageID
    }

    enum Outcome: Equatable {
        /// - `answers`: perhaps fewer than the nodes asked.
        case traced([JourneyAnswer], expected: Int)
        /// All nodes answered, and none has times of the message.
        case unknown
        /// No node was reached, or none that has times answered.
        case unavailable
    }

    struct End: Equatable {
        let wish: Wish
        let outcome: Outcome
    }

    private struct Journey {
        let wish: Wish
        let until: NIODeadline
        /// How many nodes were asked; `nil`: not known yet.
        var expected: Int?
        var answers: [JourneyAnswer] = []

        var isWhole: Bool { expected.map { answers.count >= $0 } ?? false }

        var end: End {
            let known = answers.contains { $0.stop != nil }
            let outcome: Outcome =
                if known {
                    .traced(answers, expected: max(expected ?? 0, answers.count))
                } else if isWhole && !answers.isEmpty { .unknown } else { .unavailable }
            return End(wish: wish, outcome: outcome)
        }
    }

    /// By the question's number.
    private var journeys: [UInt64: Journey] = [:]
    private var answersLeft = OpenJourneys.answersPerTick

    var isEmpty: Bool { journeys.isEmpty }

    /// Whether to answer a node's question.
    mutating func mayAnswer() -> Bool {
        guard answersLeft > 0 else { return false }
        answersLeft -= 1
        return true
    }

    /// - Returns: whether to ask the nodes. If not, too many questions are open, in total or by this member.
    mutating func begin(_ number: UInt64, _ wish: Wish, now: NIODeadline) -> Bool {
        guard journeys.count < Self.limit, !journeys.values.contains(where: { $0.wish.asker == wish.asker }) else {
            return false
        }
        journeys[number] = Journey(wish: wish, until: now + Self.patience)
        return true
    }

    /// Sets how many nodes hold the room and were asked. `nil`: none could be asked.
    mutating func asked(_ number: UInt64, nodes: Int?) -> End? {
        guard journeys[number] != nil else { return nil }
        journeys[number]?.expected = nodes ?? 0
        return endIfWhole(number)
    }

    mutating func answered(_ answer: JourneyAnswer) -> End? {
        guard let known = journeys[answer.number]?.answers, known.count < Self.mostAnswers,
            !known.contains(where: { $0.node == answer.node })
        else { return nil }
        journeys[answer.number]?.answers.append(answer)
        return endIfWhole(answer.number)
    }

    mutating func tick(now: NIODeadline) -> [End] {
        answersLeft = Self.answersPerTick
        return journeys.isEmpty ? [] : end { $0.until <= now }
    }

    /// The room ends.
    mutating func endAll() -> [End] {
        end { _ in true }
    }

    private mutating func end(where isOver: (Journey) -> Bool) -> [End] {
        let over = journeys.filter { isOver($0.value) }
        for number in over.keys { journeys[number] = nil }
        return over.values.map(\.end)
    }

    private mutating func endIfWhole(_ number: UInt64) -> End? {
        guard let journey = journeys[number], journey.isWhole else { return nil }
        journeys[number] = nil
        return journey.end
    }
}

extension OpenJourneys.End {
    /// The frame for the asker.
    func frame(in room: RoomName) -> ServerFrame {
        switch outcome {
        case .traced(let answers, let expected):
            .traced(.init(room: room, key: wish.key, id: wish.message, answers: answers, expected: expected))
        case .unknown:
            .error(
                FrameError(
                    .notFound,
                    "no node has times of that message: they are kept for a room's last \(RoomTimes.kept) messages",
                    room: room.description, key: wish.key))
        case .unavailable:
            .error(
                FrameError(
                    .unavailable, "the nodes did not answer, try again", room: room.description, key: wish.key,
                    retryAfterMs: .random(in: 500...1_500)))
        }
    }
}
