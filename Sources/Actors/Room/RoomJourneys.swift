import ChatModel
import ChatProtocol
import CoreMetrics
import NIOCore

/// Reports messages' journeys through the nodes when a member asks (`docs/protocol.md`, section 12).
///
/// Owned by the `Room`. `OpenJourneys` keeps the questions, `RoomTimes` the times of messages on this node.
struct RoomJourneys {
    /// The answer to a member.
    struct Reply {
        let asker: ObjectIdentifier
        let frame: ServerFrame
    }

    let times = RoomTimes()
    private let room: RoomName
    private let services: RoomServices
    private var open = OpenJourneys()

    init(room: RoomName, services: RoomServices) {
        self.room = room
        self.services = services
    }

    /// - Returns: the question for every node that holds the room, this one included; an error if too many are open.
    mutating func begin(
        _ message: MessageID, key: String, by asker: ObjectIdentifier
    ) -> Result<JourneyQuestion, FrameError> {
        let number = UInt64.random(in: 0 ... .max)
        guard open.begin(number, .init(asker: asker, key: key, message: message), now: .now()) else {
            services.metrics.journeysRefused.increment()
            return .failure(
                FrameError(
                    .rateLimited, "too many journeys requested, try again", room: room.description,
                    key: key, retryAfterMs: Int(OpenJourneys.patience.nanoseconds / 1_000_000)))
        }
        return .success(JourneyQuestion(message: message, asker: services.nodeName, number: number))
    }

    /// - `nodes`: how many received the question; `nil`: none could be asked.
    mutating func asked(_ question: JourneyQuestion, nodes: Int?) -> Reply? {
        open.asked(question.number, nodes: nodes).map(reply)
    }

    mutating func heard(_ answer: JourneyAnswer) -> Reply? { open.answered(answer).map(reply) }

    /// Answers the node that asked, unless too many ask.
    mutating func answer(_ question: JourneyQuestion, on eventLoop: any EventLoop) {
        guard open.mayAnswer() else { return }
        let stop = times.stop(of: question.message, logTime: services.backend.journeys.logTime(of: room), now: .now())
        let answer = JourneyAnswer(room: room, number: question.number, node: services.nodeName, stop: stop)
        services.backend.journeys.answer(answer, to: question.asker, on: eventLoop)
    }

    mutating func tick(now: NIODeadline) -> [Reply] { open.tick(now: now).map(reply) }

    /// The room failed, and its successor does not know the questions.
    mutating func endAll() -> [Reply] { open.endAll().map(reply) }

    private func reply(_ end: OpenJourneys.End) -> Reply {
        services.metrics.ended(end.outcome)
        return Reply(asker: end.wish.asker, frame: end.frame(in: room))
    }
}
