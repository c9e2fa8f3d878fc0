import ChatModel
import NIOCore
import Testing

@testable import Actors

@Suite struct OpenJourneysTests {
    private final class Asker {}

    private let asker = Asker()
    private let begun = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private static let known = JourneyStop(heardAt: nil, fanOut: 1, sockets: 1, start: nil)

    private func wish(_ key: String = "k", by asker: Asker? = nil) -> OpenJourneys.Wish {
        .init(asker: ObjectIdentifier(asker ?? self.asker), key: key, message: MessageID(ms: 1, seq: 1))
    }

    private func answer(_ node: String, to number: UInt64 = 1, _ stop: JourneyStop? = known) -> JourneyAnswer {
        JourneyAnswer(room: .lobby, number: number, node: node, stop: stop)
    }

    private func begin() -> OpenJourneys {
        var journeys = OpenJourneys()
        let isBegun = journeys.begin(1, wish(), now: begun)
        #expect(isBegun)
        return journeys
    }

    @Test func aJourneyEndsWithTheLastAnswerOrTheNumberOfNodes() {
        var journeys = begin()
        let ends = [journeys.asked(1, nodes: 2), journeys.answered(answer("n1")), journeys.answered(answer("n2"))]
        let both = OpenJourneys.Outcome.traced([answer("n1"), answer("n2")], expected: 2)
        #expect(ends == [nil, nil, .init(wish: wish(), outcome: both)])
        #expect(journeys.isEmpty)

        journeys = begin()
        let late = [journeys.answered(answer("n1")), journeys.asked(1, nodes: 1)]
        #expect(late.map { $0?.outcome } == [nil, .traced([answer("n1")], expected: 1)])
    }

    @Test func aNodeThatDoesNotAnswerTimesOut() {
        var journeys = begin()
        _ = journeys.asked(1, nodes: 2)
        _ = journeys.answered(answer("n1"))
        let early = journeys.tick(now: begun + OpenJourneys.patience - .nanoseconds(1))
        #expect(early.isEmpty)
        let ends = journeys.tick(now: begun + OpenJourneys.patience)
        #expect(ends.map(\.outcome) == [.traced([answer("n1")], expected: 2)])
        let late = journeys.answered(answer("n2"))
        #expect(late == nil)
    }

    @Test func anAnswerCountsOncePerNodeAndOnlyForItsQuestion() {
        var journeys = begin()
        _ = journeys.asked(1, nodes: 2)
        let answers = [answer("n1", to: 2), answer("n1"), answer("n1"), answer("n2")]
        let ends = answers.map { journeys.answered($0) != nil }
        #expect(ends == [false, false, false, true])
    }

    @Test func aMessageWithoutTimesIsUnknownOnceAllNodesHaveAnswered() {
        var journeys = begin()
        _ = journeys.asked(1, nodes: 2)
        _ = journeys.answered(answer("n1", nil))
        let whole = journeys.answered(answer("n2", nil))
        #expect(whole?.outcome == .unknown)
        journeys = begin()
        _ = journeys.asked(1, nodes: 2)
        _ = journeys.answered(answer("n1", nil))
        let ends = journeys.tick(now: begun + OpenJourneys.patience)
        #expect(ends.map(\.outcome) == [.unavailable])
    }

    @Test(arguments: [nil, 0])
    func withoutOtherNodesThereIsNoWait(_ nodes: Int?) {
        var journeys = begin()
        let end = journeys.asked(1, nodes: nodes)
        #expect(end?.outcome == .unavailable)
        #expect(journeys.isEmpty)
    }

    @Test func questionsAreLimitedPerMemberAndInTotal() {
        var journeys = begin()
        let again = journeys.begin(2, wish("other"), now: begun)
        #expect(!again)
        let askers = (0...OpenJourneys.limit).map { _ in Asker() }
        let begun = askers.enumerated().map { journeys.begin(UInt64($0) + 10, wish(by: $1), now: self.begun) }
        #expect(begun.filter { $0 }.count == OpenJourneys.limit - 1)
        let ends = journeys.endAll()
        #expect(ends.count == OpenJourneys.limit && journeys.isEmpty)
    }
}
