import Testing

@testable import Cluster

/// Whose members count: gossip's word, what the cards say, and signs of life after a verdict.
@Suite struct LifeVerdictTests {
    private static let start = ContinuousClock.now
    private static func at(_ second: Double) -> ContinuousClock.Instant { start + .seconds(second) }

    struct Row: Sendable, CustomTestStringConvertible {
        let who: String
        let verdict: LifeVerdict
        var byCards = false
        var sign: Double?
        let isPresent: Bool
        var testDescription: String { who }
    }

    @Test(arguments: [
        Row(who: "unknown without a card", verdict: .unknown, isPresent: false),
        Row(who: "unknown with a card", verdict: .unknown, byCards: true, isPresent: true),
        Row(who: "alive, whatever its card says", verdict: .live, byCards: false, isPresent: true),
        Row(who: "dead since now", verdict: .dead(since: at(100)), byCards: true, sign: 99, isPresent: false),
        Row(who: "dead since its last sign", verdict: .dead(since: at(90)), sign: 90, isPresent: false),
        Row(who: "dead, with a card renewed since", verdict: .dead(since: at(90)), sign: 95, isPresent: true),
        Row(who: "dead, with a card renewed long ago", verdict: .dead(since: at(80)), sign: 85, isPresent: false),
        Row(who: "dead and never seen", verdict: .dead(since: at(90)), isPresent: false),
        Row(who: "left a moment ago", verdict: .left(since: at(96)), isPresent: true),
        Row(who: "left a while ago", verdict: .left(since: at(95)), byCards: true, sign: 100, isPresent: false),
        Row(who: "superseded", verdict: .over, byCards: true, sign: 100, isPresent: false),
    ])
    func verdictsDecideWhichMembersCount(row: Row) {
        let sign = row.sign.map { Self.at($0) }
        #expect(row.verdict.isPresent(byCards: row.byCards, lastSign: sign, now: Self.at(100)) == row.isPresent)
    }

    @Test func onlyTheDeadAreContradicted() {
        let sign = Self.at(99)
        #expect(LifeVerdict.dead(since: Self.at(90)).isContradicted(lastSign: sign, now: Self.at(100)))
        for verdict in [LifeVerdict.unknown, .live, .left(since: Self.at(90)), .over] {
            #expect(!verdict.isContradicted(lastSign: sign, now: Self.at(100)))
        }
    }
}
