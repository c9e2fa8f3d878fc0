import Foundation
import Testing

@testable import ChatServer

@Suite struct ClusterSurveyTests {
    private func member(
        _ id: String, _ state: String = "alive", generation: Int = 1, by: [String] = [], addr: String = "10.0.0.1:80"
    ) -> String {
        let accusers = by.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"id": "\(id)", "generation": \(generation), "addr": "\(addr)", "state": "\(state)", "incarnation": 0,
             "observedBy": [\(accusers)], "rttMs": 0.42, "users": 140, "rooms": 1, "messagesPerSecond": 32.4,
             "lagMs": 12.3, "relay": true, "version": "0.1.0", "uptimeS": 93784, "viewHash": null}
            """
    }

    private func view(
        of own: String, hash: String = "aa", relay: String = "null", degraded: [String] = [], _ members: String...
    ) throws -> ClusterView {
        let json = """
            {"v": 1, "self": "\(own)", "view": {"hash": "\(hash)", "agreed": true}, "relay": \(relay),
             "degraded": \(degraded), "members": [\(members.joined(separator: ","))]}
            """
        return try JSONDecoder().decode(ClusterView.self, from: Data(json.utf8))
    }

    @Test func nodesThatAgreeAreShownAsATableAndALine() throws {
        let first = try view(
            of: "n1", member("n2", addr: "10.0.0.22:8080"), member("n1"), member("n\\n3", "left", addr: ""))
        let second = try view(of: "n2", member("n1"), member("n2"))
        let survey = ClusterSurvey(first: first, others: ["n2": .success(second)])
        #expect(survey.isAgreed)
        #expect(
            survey.text == #"""
                NODE  STATE  SUSPECTED BY  USERS  MSG/S  LAG    PING    VERSION  UP     ADDRESS
                n\n3  left                                              0.1.0
                n1 *  alive                140    32     12 ms  0.4 ms  0.1.0    1d 2h  10.0.0.1:80
                n2    alive                140    32     12 ms  0.4 ms  0.1.0    1d 2h  10.0.0.22:8080

                2 nodes agree: view aa
                """#)
    }

    @Test func whatIsWrongIsSaidOnceForAllNodesThatSaySo() throws {
        let waiting = "messages wait: h:1 has only 0 of 1 replicas"
        let first = try view(of: "n1", degraded: [waiting], member("n1"), member("n2"), member("n3"))
        let second = try view(
            of: "n2", degraded: ["chat is read-only", waiting], member("n1"), member("n2"), member("n3"))
        let third = try view(of: "n3", member("n1"), member("n2"), member("n3"))
        let survey = ClusterSurvey(first: first, others: ["n2": .success(second), "n3": .success(third)])
        #expect(
            survey.text.split(separator: "\n").suffix(3) == [
                "n1, n2 degraded: \(waiting)", "n2 degraded: chat is read-only", "3 nodes agree: view aa",
            ])
    }

    @Test func theRedisServersAreShownAsTheAskedNodeSeesThem() throws {
        let relay = """
            {"kind": "redis", "connected": true, "trouble": null, "events": [], "servers": {
             "mode": "cluster", "sentinel": null, "lastFailover": null, "shards": [
             {"primary": "10.0.0.7:6379", "trouble": null, "slots": 8192, "p99Ms": 0.42, "memory": 0.123, "replicas": [
              {"addr": "10.0.0.8:6379", "online": true, "lagBytes": 100},
              {"addr": "[::1]:6379", "online": true, "lagBytes": 3145728},
              {"addr": "10.0.0.9:6379", "online": false, "lagBytes": 0}]},
             {"primary": "10.0.0.10:6379", "trouble": "no connection", "slots": null, "p99Ms": null, "memory": 0,
              "replicas": []}]}}
            """
        let survey = ClusterSurvey(first: try view(of: "n1", relay: relay, member("n1")), others: [:])
        #expect(
            survey.text.split(separator: "\n").dropFirst(2) == [
                "REDIS           STATE      SLOTS  DELAY   MEMORY  REPLICAS",
                "10.0.0.7:6379   connected  8192   0.4 ms  12 %    "
                    + "10.0.0.8:6379, [::1]:6379 (3 MiB behind), 10.0.0.9:6379 (not online)",
                "10.0.0.10:6379  away       all", "10.0.0.10:6379 is away: no connection",
                "1 node answered: view aa",
            ])
    }

    @Test func numbersOfAnotherNodeMayBeOfAnySize() throws {
        for memory in ["1e300", "0.999", "-1", "12345678901234567890"] {
            let relay = """
                {"trouble": null, "servers": {"mode": "single", "shards": [{"primary": "h:1", "trouble": null,
                 "slots": 9223372036854775807, "p99Ms": 1e300, "memory": \(memory), "replicas": [
                 {"addr": "h:2", "online": true, "lagBytes": 9223372036854775807}]}]}}
                """
            let survey = ClusterSurvey(first: try view(of: "n1", relay: relay, member("n1")), others: [:])
            #expect(survey.text.contains("h:1"))
        }
    }

    @Test func nodesThatSeeOthersDifferentlyAreNamed() throws {
        let first = try view(of: "n1", member("n1"), member("n2"), member("n3", "suspect", by: ["n1", "n2"]))
        let second = try view(of: "n2", member("n1"), member("n2"), member("n3", "suspect", by: ["n2"]))
        let third = try view(of: "n3", hash: "bb", member("n1"), member("n3"))
        let survey = ClusterSurvey(first: first, others: ["n2": .success(second), "n3": .success(third)])
        #expect(!survey.isAgreed)
        let lines = survey.text.split(separator: "\n")
        #expect(lines[3].hasPrefix("n3 !  suspect  n1, n2 "))
        #expect(
            lines.suffix(2) == [
                "DISAGREE: n2 is alive according to n1, n2 and unknown according to n3",
                "DISAGREE: n3 is suspect according to n1, n2 and alive according to n3",
            ])
    }

    @Test func aDifferentViewIsADisagreementEvenIfTheStatesAgree() throws {
        let first = try view(of: "n1", member("n1"), member("n2"))
        let second = try view(of: "n2", hash: "bb", member("n1"), member("n2"))
        let survey = ClusterSurvey(first: first, others: ["n2": .success(second)])
        #expect(!survey.isAgreed)
        #expect(survey.text.hasSuffix("DISAGREE: views differ: aa on n1 and bb on n2"))
    }

    @Test func deadNodesAndOlderIncarnationsDoNotDisagree() throws {
        let first = try view(
            of: "n1", member("n1"), member("n2", "dead", generation: 3), member("n2", generation: 4),
            member("n3", "dead"))
        let second = try view(of: "n2", member("n1"), member("n2", generation: 4))
        #expect(ClusterSurvey(first: first, others: ["n2": .success(second)]).isAgreed)
    }

    @Test func nodesThatDoNotAnswerAreNamedWithTheReason() throws {
        let survey = ClusterSurvey(
            first: try view(of: "n1", member("n1"), member("n2")),
            others: ["n2": .failure(NodeRequest.Failure(description: "refused\u{1B}[31m"))])
        #expect(survey.isAgreed)
        #expect(survey.text.hasSuffix("n2 does not answer: refused\\u{1B}[31m\n1 node answered: view aa"))
    }
}
