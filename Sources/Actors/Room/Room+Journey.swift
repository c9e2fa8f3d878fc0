import ChatModel
import CoreMetrics
import NIOCore

/// A message's way through the nodes, told when somebody asks (`docs/protocol.md`, section 12).
extension Room {
    /// Questions of other nodes that are answered between two ticks of the shard: the rest go without.
    static let answersPerTick = 8

    /// A member wants to know. Asks every node that holds the room, this one included, on the room's own channel.
    func trace(_ message: MessageID, key: String, for ref: ConnectionRef) {
        guard members[ObjectIdentifier(ref)] != nil else { return }
        let wish = OpenJourneys.Wish(asker: ObjectIdentifier(ref), key: key, message: message)
        let number = UInt64.random(in: 0 ... .max)
        guard journeys.begin(number, wish, now: .now()) else {
            services.metrics.journeysRefused.increment()
            let error = FrameError(
                .rateLimited, "one journey at a time, and few in a room; ask again", room: name.description, key: key,
                retryAfterMs: Int(OpenJourneys.patience.nanoseconds / 1_000_000))
            return fanout.post(to: ref) { ref.tell(.error(error)) }
        }
        let question = JourneyQuestion(message: message, asker: services.nodeName, number: number)
        services.relay.ask(question, in: name, on: eventLoop) { result in
            self.assumeIsolated { room in
                room.tell(room.journeys.asked(number, nodes: try? result.get()))
            }
        }
    }

    func answer(_ question: JourneyQuestion) {
        guard answersLeft > 0 else { return }
        answersLeft -= 1
        let stop = times.stop(of: question.message, logTime: services.relay.logTime, now: .now())
        let answer = JourneyAnswer(room: name, number: question.number, node: services.nodeName, stop: stop)
        services.relay.answer(answer, to: question.asker, on: eventLoop)
    }

    func hear(_ answer: JourneyAnswer) {
        tell(journeys.answered(answer))
    }

    func tickJourneys(now: NIODeadline) {
        answersLeft = Self.answersPerTick
        guard !journeys.isEmpty else { return }
        for end in journeys.tick(now: now) { tell(end) }
    }

    /// What is being asked is not answered any more: the successor knows nothing of it.
    func endJourneys() {
        for end in journeys.endAll() { tell(end) }
    }

    private func tell(_ end: OpenJourneys.End?) {
        guard let end, let ref = members[end.wish.asker]?.ref else { return }
        let wish = end.wish
        let metrics = services.metrics
        let frame: ServerFrame
        switch end.outcome {
        case .traced(let answers, let expected):
            (answers.count < expected ? metrics.journeysInPart : metrics.journeysWhole).increment()
            frame = .traced(
                .init(room: name, key: wish.key, id: wish.message, answers: answers, expected: expected))
        case .unknown:
            metrics.journeysUnknown.increment()
            frame = .error(
                FrameError(
                    .notFound,
                    "no node has times of that message: they are kept for the last \(RoomTimes.kept) of a room",
                    room: name.description, key: wish.key))
        case .unavailable:
            metrics.journeysFailed.increment()
            frame = .error(
                FrameError(
                    .unavailable, "the nodes did not answer, ask again", room: name.description, key: wish.key,
                    retryAfterMs: .random(in: 500...1_500)))
        }
        fanout.post(to: ref) { ref.tell(frame) }
    }
}
