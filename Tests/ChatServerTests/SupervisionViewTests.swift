import Foundation
import Testing

@testable import ChatServer

@Suite struct SupervisionViewTests {
    private func view() throws -> SupervisionView {
        let json = #"""
            {"restarts5m":3,"reconnects5m":2,"tree":[
              {"name":"node","state":"running","forMs":93784000,"restarts":0,"children":[
                {"name":"redis-publish","state":"waiting","forMs":120,"nextAttemptInMs":480,"restarts":2,
                 "lastError":"refused\u001b[31m","lastErrorMsAgo":120,"children":[]},
                {"name":"edge","state":"running","forMs":11000,"restarts":0,"children":[
                  {"name":"http","state":"given_up","forMs":11000,"restarts":0,"children":[]}]}]},
              {"name":"rooms","state":"running","forMs":9999,"restarts":0,"children":[
                {"name":"loop-0","state":"running","forMs":9999,"restarts":1,"lastError":"broken","lastErrorMsAgo":5,
                 "counts":[{"name":"rooms","value":1},{"name":"connections","value":4}],
                 "failures":[{"name":"room lobby","error":"broken","msAgo":5000,"decision":"restarted"}],"children":[]}
              ]}]}
            """#
        return try JSONDecoder().decode(SupervisionView.self, from: Data(json.utf8))
    }

    @Test func childrenAreListedUnderTheirSupervisors() throws {
        #expect(
            try view().drawing(of: "n1") == #"""
                n1  1 restart, 2 reconnections within 5 min
                ├─ node              up 1d 2h
                │  ├─ redis-publish  waiting, retry in 0.4s, 2 restarts; 0.1s ago: refused\u{1B}[31m
                │  └─ edge           up 11s
                │     └─ http        GIVEN UP 11s ago
                └─ rooms             up 9.9s
                   └─ loop-0         1 room, 4 connections, up 9.9s, 1 restart
                      ✗ room lobby   restarted 5.0s ago: broken
                """#)
    }

    @Test func linesAreCutAtTheTerminalsWidth() throws {
        let lines = try view().drawing(of: "n1", width: 40).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 40 })
        #expect(lines[2] == "│  ├─ redis-publish  waiting, retry in …")
    }
}
