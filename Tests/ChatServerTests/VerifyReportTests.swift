import ChatClient
import ChatModel
import Foundation
import Testing

@testable import ChatServer

struct VerifyReportTests {
    /// Two clients in one room, one message; the second gets it, or not.
    private static func report(delivered: Bool, acked: Bool = true, unsettled: String? = nil) -> VerifyReport {
        var checker = HistoryChecker()
        for client in 0...1 {
            checker.joined(client: client, room: .lobby, head: .start, first: nil, more: false, fresh: true)
        }
        let user = UserID("a")
        let message = ChatMessage(id: MessageID(ms: 1, seq: 1), user: user, name: "a", text: "hi", key: "k", ts: 1)
        checker.sent(client: 0, user: user, room: .lobby, key: "k", text: "hi")
        if acked { checker.acked(user: user, room: .lobby, key: "k", id: message.id) }
        for client in delivered ? [0, 1] : [0] {
            checker.received(client: client, room: .lobby, epoch: Epoch(random: 1, tag: 1), message: message)
        }
        return VerifyReport(
            settings: .init(
                urls: ["http://localhost:8080"], clients: 2, rooms: 1, acts: 10, rateAsked: 50, rate: 50, seed: 7,
                moderations: nil, seconds: 1.5, interrupted: false),
            verdict: checker.verdict(), numbers: CrowdNumbers(), refusals: [], unsettled: unsettled, chaos: nil)
    }

    private static func object(_ report: VerifyReport) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any])
    }

    @Test func aCleanRunIsOK() throws {
        let report = Self.report(delivered: true)
        #expect(report.ok)
        let object = try Self.object(report)
        #expect(object["ok"] as? Bool == true)
        for count in ["lost", "doubled", "reordered", "hiddenGaps", "unacked", "explicitGaps", "lostByRedis"] {
            #expect(object[count] as? Int == 0, "\(count)")
        }
        #expect(object["sent"] as? Int == 1 && object["received"] as? Int == 2)
        #expect((object["settings"] as? [String: Any])?["seed"] as? Int == 7)
        #expect(report.table.hasPrefix("All guarantees held in 1.5 s: 2 clients, 1 rooms, 50.0 messages/s, seed 7"))
    }

    @Test func aLossFailsTheRunAndIsNamed() throws {
        let report = Self.report(delivered: false)
        #expect(!report.ok && report.lost == 1)
        #expect(report.table.contains("GUARANTEE VIOLATED"))
        #expect(report.table.contains("! lost: client 1 in lobby: 1, after the last it received"))
    }

    @Test func messagesThatAreNeverAckedFailTheRun() {
        #expect(!Self.report(delivered: true, acked: false).ok)
    }

    @Test func clientsThatDoNotSettleFailTheRun() {
        #expect(!Self.report(delivered: true, unsettled: "timed out after 30 s").ok)
    }

    @Test func columnsAreAligned() {
        #expect(TextTable.lines([("a", "1"), ("long", "2")]) == ["  a     1", "  long  2"])
    }

    @Test func durationsHaveAUnit() {
        #expect(Quantiles.text(1.2345) == "1.23 ms")
        #expect(Quantiles.text(2_500) == "2.5 s")
    }
}
