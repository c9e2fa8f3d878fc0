import ChatModel
import Testing

@testable import Cluster

@Suite struct CanaryTableTests {
    private let start = ContinuousClock.now

    private static func canary(_ number: UInt32, of name: String = "n1", life: UInt64 = 1) -> Canary {
        Canary(from: NodeIncarnation(name: name, generation: life), number: number)
    }

    @Test func canariesOfARoundAreJudgedOneByOne() {
        var table = CanaryTable()
        let quick = Duration.milliseconds(2)
        let heard: [(Canary, Duration?, CanaryTable.Finding)] = [
            (Self.canary(7), quick, .ok),  // where a node begins to listen is no gap
            (Self.canary(8), .seconds(2), .late),
            (Self.canary(8), quick, .dup),
            (Self.canary(6), quick, .dup),
            (Self.canary(11), quick, .gap),
            (Self.canary(12), nil, .ok),
            (Self.canary(1, life: 2), quick, .ok),  // it was started again
            (Self.canary(13), quick, .dup),  // a last word of its earlier life
            (Self.canary(.max, life: 2), quick, .gap),
            (Self.canary(1, of: "n2"), quick, .ok),
        ]
        for (index, (canary, lateness, finding)) in heard.enumerated() {
            #expect(table.heard(canary, lateness: lateness, now: start) == finding, "number \(index)")
        }
    }

    @Test func aReceiptHasTheLatestAndTheWorstOfTheLastSixty() throws {
        var table = CanaryTable()
        for number in 1...70 as ClosedRange<UInt32> {
            // The one of 5 s falls out of the sixty, the one of 900 ms does not.
            let lateness: Duration =
                switch number {
                case 10: .seconds(5)
                case 11: .milliseconds(900)
                default: .milliseconds(Int(number % 7))
                }
            _ = table.heard(Self.canary(number), lateness: lateness, now: start)
        }
        let receipt = try #require(table.receipts(now: start + .seconds(4)).first)
        #expect(
            receipt
                == CanaryReceipt(from: "n1", number: 70, last: .zero, p99: .milliseconds(900), age: .seconds(4)))
    }

    @Test func nodesWithoutKnownTimesAreOmitted() {
        var table = CanaryTable()
        _ = table.heard(Self.canary(1), lateness: nil, now: start)
        #expect(table.receipts(now: start).isEmpty)
    }

    @Test func goneNodesAreForgottenAndNewOnesAreNot() {
        var table = CanaryTable()
        for (name, second) in [("gone", 60), ("live", 0), ("new", 60), ("unknown", 0), ("born again", 0)] {
            _ = table.heard(Self.canary(1, of: name), lateness: .zero, now: start + .seconds(second))
        }
        table.keep(["live", "born again"], without: ["gone", "born again"], heardSince: start + .seconds(30))
        #expect(Set(table.receipts(now: start + .seconds(60)).map(\.from)) == ["live", "new", "born again"])
    }

    @Test func itsMemoryIsBounded() {
        var table = CanaryTable()
        for index in 0..<CanaryTable.maximumSenders {
            #expect(table.heard(Self.canary(1, of: "n\(index)"), lateness: .zero, now: start) == .ok)
        }
        #expect(table.heard(Self.canary(1, of: "one more"), lateness: .zero, now: start) == .drop)
        #expect(table.heard(Self.canary(2, of: "n0"), lateness: .zero, now: start) == .ok)
    }

    @Test func onlyCanariesAreParsedAsCanaries() throws {
        let canary = Self.canary(42, of: "a.b")
        let message = ChatMessage(canary.draft, id: MessageID(ms: 1, seq: 1), ts: 1)
        #expect(Canary(message) == canary)
        for (user, text) in [("n1", "1"), ("n1.1", "-1"), ("n1.1", ""), ("n1.1", "4294967296"), (".1", "1")] {
            let draft = MessageDraft(user: UserID(user), name: "", text: text, key: "")
            #expect(Canary(ChatMessage(draft, id: MessageID(ms: 1, seq: 1), ts: 1)) == nil, "\(user) \(text)")
        }
    }
}
