import ChatModel
import Foundation
import TestSupport
import Testing

@testable import WebEdge

@Suite struct ClusterRoutesTests {
    @Test func programsGetJSONAndBrowsersThePageWithVary() async throws {
        try await EdgeFixture.run { edge in
            for accept in [
                "Accept: */*", "Accept: application/json", "Accept: text/html;q=0.5, application/json", "A: b",
            ] {
                let answer = try await edge.get("/cluster", accept)
                #expect(answer["Content-Type"] == "application/json", "\(accept)")
                #expect(answer["Vary"] == "Accept, Accept-Encoding")
                #expect(answer["Cache-Control"] == "no-store")
            }
            let page = try await edge.get("/cluster", "Accept: text/html,application/xhtml+xml,*/*;q=0.8")
            #expect(page.status == 200)
            #expect(page.body == "<!doctype html><title>cluster</title>")
            #expect(page["Content-Type"] == "text/html; charset=utf-8")
            #expect(page["Vary"] == "Accept, Accept-Encoding")
            #expect(page["Cache-Control"] == "no-store")
            #expect(page["Content-Security-Policy"] != nil)
            // From there, the page's own addresses would lead elsewhere.
            let slashed = try await edge.get("/cluster/", "Accept: text/html")
            #expect(slashed.status == 308)
            #expect(slashed["Location"] == "../cluster")
        }
    }

    @Test func theReportContainsNodesCanariesEventsAndProblems() async throws {
        try await EdgeFixture.run { edge in
            let body = try await edge.get("/cluster").body
            for part in [
                #""self":"n1""#, #""view":{"hash":"0000beef","agreed":true}"#,
                #"{"id":"n1","generation":7,"addr":"a:1","state":"alive","incarnation":0,"observedBy":[],"#
                    + #""accusations":[],"rttMs":null,"users":3,"rooms":2,"messagesPerSecond":1.25,"lagMs":0.4,"#
                    + #""relay":true,"version":"1","#,
                #"{"id":"n2","generation":9,"addr":"b:1","state":"suspect","incarnation":3,"observedBy":["n1"],"#
                    + #""accusations":[{"by":"n1","at":6}],"rttMs":0.74,"users":null,"rooms":null,"#
                    + #""messagesPerSecond":null,"lagMs":null,"relay":null,"version":"2","#
                    + #""uptimeS":0,"viewHash":"00000001"}"#,
                #""uptimeS":null,"viewHash":null}]"#,
                #""canary":{"matrix":{"n1":{"n2":{"number":12,"lastMs":3.0,"p99Ms":4.567,"ageMs":900.0}}}}"#,
                #""relay":{"kind":"memory","connected":true,"trouble":null,"events":[],"servers":null}"#,
                #""degraded":["n2: \"silent\""]"#,
                #""events":[{"at":5,"id":"n2","generation":9,"from":null,"to":"alive","by":null},"#
                    + #"{"at":6,"id":"n2","generation":9,"from":"alive","to":"suspect","by":"n1"}]}"#,
            ] {
                #expect(body.contains(part), "\(part) is missing in \(body)")
            }
            #expect((try? JSONSerialization.jsonObject(with: Data(body.utf8))) != nil)
        }
    }

    @Test func aLiveNodeWithADifferentViewIsADisagreement() async throws {
        let membership = FixedMembership()
        membership.set(.alive)
        try await EdgeFixture.run(membership: membership) { edge in
            let body = try await edge.get("/cluster").body
            #expect(body.contains(#""view":{"hash":"0000beef","agreed":false}"#))
        }
    }

    private static let events =
        "GET /cluster/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"

    @Test func theStreamSendsTheReportAtOnceAndOnEveryChange() async throws {
        let membership = FixedMembership()
        try await EdgeFixture.run(membership: membership) { edge in
            let client = try await edge.connect(sending: Self.events)
            let first = try await client.until(#""state":"suspect""#)
            #expect(first.contains("Content-Type: text/event-stream"))
            #expect(first.contains("X-Accel-Buffering: no"))
            #expect(first.contains("retry: 1000\n"))
            #expect(first.contains(#"data: {"v":1,"self":"n1""#))
            membership.set(.dead)
            _ = try await client.until(#""state":"dead""#)
            await client.close()
        }
    }

    @Test func theStreamSendsTheReportEveryTwoSecondsWithoutChanges() async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(sending: Self.events)
            try await eventually("three reports have come", state: { client.text }) {
                client.text.components(separatedBy: "data: {").count > 3
            }
            await client.close()
        }
    }

    @Test func theNumberOfStreamsIsLimited() async throws {
        try await EdgeFixture.run { edge in
            var clients: [RawClient] = []
            for _ in 0..<ClusterStreams.maximum { clients.append(try await edge.connect(sending: Self.events)) }
            for client in clients { _ = try await client.until("data: {") }
            let refused = try await edge.get("/cluster/events")
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] != nil)
            // A question without an answer's body holds no place.
            try await #expect(edge.get("/cluster/events", method: "HEAD").status == 503)

            await clients.removeLast().close()
            try await eventually("there is room again") {
                let client = try await edge.connect(sending: Self.events)
                try await eventually("it is answered") { client.text.contains("\r\n\r\n") }
                defer { clients.append(client) }
                return client.text.hasPrefix("HTTP/1.1 200")
            }
            for client in clients { await client.close() }
        }
    }

    @Test func drainingEndsStreamsWithoutDelay() async throws {
        try await EdgeFixture.run { edge in
            let client = try await edge.connect(sending: Self.events, until: "data: {")
            await edge.shutDown()
            let all = try await client.untilClosed()
            #expect(all.hasSuffix("\r\n0\r\n\r\n"), "the answer has an end")
        }
    }
}
