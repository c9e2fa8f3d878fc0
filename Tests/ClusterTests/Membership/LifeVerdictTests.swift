import Testing

@testable import Cluster

/// Whose members count: gossip's word, what the cards say, and signs of life after a verdict.
@Suite struct LifeVerdictTests {
    private static let start = ContinuousClock.now
    private static func at(_ second: Double) -> ContinuousClock.Instant { start + .seconds(second) }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let verdict: LifeVerdict
        var byCards = false
        var sign: Double?
        var now: Double = 100
        let isPresent: Bool

        init(
            _ description: String, _ verdict: LifeVerdict, byCards: Bool = false, sign: Double? = nil,
            now: Double = 100,
            isPresent: Bool
        ) {
            self.testDescription = description
            self.verdict = verdict
            self.byCards = byCards
            self.sign = sign
            self.now = now
            self.isPresent = isPresent
        }
    }

    @Test(arguments: [
        Row("a stranger without a card", .unknown, isPresent: false),
        Row("a stranger with a card", .unknown, byCards: true, isPresent: true),
        Row("who lives, whatever its card says", .live, byCards: false, isPresent: true),
        Row("the dead, at once", .dead(since: at(100)), byCards: true, sign: 99, isPresent: false),
        Row("the dead, at the moment of its last sign", .dead(since: at(90)), sign: 90, isPresent: false),
        Row("the dead who has renewed its card since", .dead(since: at(90)), sign: 95, isPresent: true),
        Row("the same, when that was long ago", .dead(since: at(80)), sign: 85, isPresent: false),
        Row("the dead of whom nothing was ever seen", .dead(since: at(90)), isPresent: false),
        Row("who left a moment ago", .left(since: at(96)), isPresent: true),
        Row(
            "who left a while ago, whatever is still heard", .left(since: at(95)), byCards: true, sign: 100,
            isPresent: false),
        Row("who has begun another life", .over, byCards: true, sign: 100, isPresent: false),
    ])
    func verdictsDecideWhichMembersCount(row: Row) {
        let sign = row.sign.map { Self.at($0) }
        #expect(row.verdict.isPresent(byCards: row.byCards, lastSign: sign, now: Self.at(row.now)) == row.isPresent)
    }

    @Test func onlyTheDeadAreContradicted() {
        let sign = Self.at(99)
        #expect(LifeVerdict.dead(since: Self.at(90)).isContradicted(lastSign: sign, now: Self.at(100)))
        for verdict in [LifeVerdict.unknown, .live, .left(since: Self.at(90)), .over] {
            #expect(!verdict.isContradicted(lastSign: sign, now: Self.at(100)))
        }
    }
}
