import ChatModel
import ChatProtocol
import CoreMetrics
import NIOCore

/// Which way messages took through the nodes, told when a member asks (`docs/protocol.md`, section 12).
///
/// Owned by the `Room`. What its members have asked is in `OpenJourneys`, when messages passed here in `RoomTimes`.
struct RoomJourneys {
    /// What a member gets.
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

    /// - Returns: what to ask every node that holds the room, this one included; an error if too much is being asked.
    mutating func begin(
        _ message: MessageID, key: String, by asker: ObjectIdentifier
    ) -> Result<JourneyQuestion, FrameError> {
        let number = UInt64.random(in: 0 ... .max)
        guard open.begin(number, .init(asker: asker, key: key, message: message), now: .now()) else {
            services.metrics.journeysRefused.increment()
            return .failure(
                FrameError(
                    .rateLimited, "one journey at a time, and few in a room; ask again", room: room.description,
                    key: key, retryAfterMs: Int(OpenJourneys.patience.nanoseconds / 1_000_000)))
        }
        return .success(JourneyQuestion(message: message, asker: services.nodeName, number: number))
    }

    /// - `nodes`: how many have heard the question; `nil`: none could be asked.
    mutating func asked(_ question: JourneyQuestion, nodes: Int?) -> Reply? {
        open.asked(question.number, nodes: nodes).map(reply)
    }

    mutating func heard(_ answer: JourneyAnswer) -> Reply? { open.answered(answer).map(reply) }

    /// Answers the node that has asked, if not too many ask.
    mutating func answer(_ question: JourneyQuestion, on eventLoop: any EventLoop) {
        guard open.mayAnswer() else { return }
        let stop = times.stop(of: question.message, logTime: services.backend.journeys.logTime, now: .now())
        let answer = JourneyAnswer(room: room, number: question.number, node: services.nodeName, stop: stop)
        services.backend.journeys.answer(answer, to: question.asker, on: eventLoop)
    }

    mutating func tick(now: NIODeadline) -> [Reply] { open.tick(now: now).map(reply) }

    /// The room has failed: its successor knows nothing of what was asked.
    mutating func endAll() -> [Reply] { open.endAll().map(reply) }

    private func reply(_ end: OpenJourneys.End) -> Reply {
        services.metrics.ended(end.outcome)
        return Reply(asker: end.wish.asker, frame: end.frame(in: room))
    }
}
