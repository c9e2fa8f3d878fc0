import TestSupport
import Testing

extension Integration {
    /// `webchat verify` and `webchat load` as an operator runs them.
    struct VerifyTests {
        private static let promises = [
            "lost", "doubled", "reordered", "hiddenGaps", "disagreements", "nowhere", "altered", "violations",
            "unacked", "doneThoughRefused", "diverged",
        ]

        private static func verify(_ nodes: [NodeProcess], _ arguments: String...) throws -> CommandRun {
            try CommandRun(
                ["verify", "--json"] + nodes.flatMap { ["--url", "http://127.0.0.1:\($0.port)"] } + arguments)
        }

        private static func expectKept(
            _ run: CommandRun, within limit: Duration = .seconds(60)
        ) async throws -> CommandRun.Result {
            let result = try await run.wait(within: limit)
            try #require(result.status == 0, "\(result.output)\(result.errors)")
            for promise in promises { #expect(result.json[promise] as? Int == 0, "\(promise): \(result.output)") }
            #expect(result.json["ok"] as? Bool == true)
            return result
        }

        @Test func aClusterThatKeepsItsPromisesPasses() async throws {
            try await withCluster(2) { _, nodes in
                let run = try Self.verify(nodes, "--clients", "6", "--rate", "100", "--seconds", "4")
                let result = try await Self.expectKept(run)
                #expect(result.json["explicitGaps"] as? Int == 0)
                let sent = try #require(result.json["sent"] as? Int)
                #expect((300...400).contains(sent))
                let acked = try #require(result.json["acked"] as? Int)
                let refused = try #require(result.json["actsRefused"] as? [String: Int])
                #expect(acked + refused.values.reduce(0, +) == sent, "\(result.output)")
                #expect(result.json["received"] as? Int == 6 * acked)
                let acts = try #require(result.json["acts"] as? Int)
                #expect(acts > 0 && acts < sent / 2, "\(result.output)")
                // Everybody shows every message.
                #expect(result.json["statesCompared"] as? Int == 6 * (sent - acts), "\(result.output)")
                let latency = try #require((result.json["latencyMs"] as? [String: Any])?["p50"] as? Double)
                #expect(latency > 0)
                #expect(result.errors.contains("6 of 6 live"), "a line of progress: \(result.errors)")
            }
        }

        @Test func externalChaosBreaksNoPromise() async throws {
            try await withCluster(2) { _, nodes in
                let run = try Self.verify(
                    nodes, "--chaos", "--clients", "10", "--rate", "100", "--seconds", "10", "--seed", "20")
                let result = try await Self.expectKept(run, within: .seconds(120))
                let chaos = try #require(result.json["chaos"] as? [String: Any])
                for kind in ["resets", "halfOpen", "slowReaders", "badFrames"] {
                    #expect(try #require(chaos[kind] as? Int) > 0, "\(kind): \(result.output)")
                }
                #expect(chaos["badFramesRefused"] as? Int == chaos["badFrames"] as? Int, "\(result.output)")
                #expect(try #require(result.json["reconnects"] as? Int) > 0)
            }
        }

        @Test(arguments: TamperingProxy.Fault.allCases)
        func everyBrokenPromiseIsFound(fault: TamperingProxy.Fault) async throws {
            try await withNodes(1) { nodes in
                let proxy = try await TamperingProxy.start(fault, to: nodes[0].port)
                let run = try CommandRun([
                    "verify", "--json", "--url", "http://127.0.0.1:\(proxy.port)", "--clients", "4", "--rooms", "1",
                    "--rate", "100", "--seconds", "3", "--acts", "40",
                ])
                let result = try await run.wait()
                try await proxy.stop()
                #expect(result.status == 1)
                let key =
                    switch fault {
                    case .drop, .dropAct: "lost"
                    case .double, .doubleAct: "doubled"
                    case .swap, .swapAct: "reordered"
                    case .retargetAct: "altered"
                    case .misreadHistory: "diverged"
                    }
                #expect(try #require(result.json[key] as? Int) > 0, "\(result.output)")
                let findings = try #require(result.json["findings"] as? [String])
                #expect(findings.contains { $0.hasPrefix("\(key): ") })
            }
        }

        @Test func aLostLogIsAnExplicitGap() async throws {
            try await withCluster(2) { redis, nodes in
                let run = try Self.verify(nodes, "--clients", "4", "--rooms", "1", "--rate", "50", "--seconds", "6")
                try await eventually("something is said") {
                    try redis.cli("KEYS", "webchat:{verify-*}:log") != "" && run.errors.contains("2 s")
                }
                _ = try redis.cli("FLUSHALL")
                let result = try await Self.expectKept(run)
                #expect(result.json["explicitGaps"] as? Int == 4, "each client gets it once: \(result.output)")
            }
        }

        @Test func ctrlCEndsTheRunEarlyWithAReport() async throws {
            try await withNodes(1) { nodes in
                let run = try Self.verify(nodes, "--clients", "3", "--seconds", "600")
                try await eventually("it is under way") { run.errors.contains("1 s") }
                run.interrupt()
                let result = try await Self.expectKept(run)
                #expect((result.json["settings"] as? [String: Any])?["interrupted"] as? Bool == true)
            }
        }

        @Test func anUnreachableClusterIsReportedInOneLine() async throws {
            let port = try freePort()
            let result = try await CommandRun(["verify", "--url", "http://127.0.0.1:\(port)"]).wait()
            #expect(result.status == 2)
            #expect(result.output.isEmpty)
            #expect(result.errors == "webchat: ws://127.0.0.1:\(port)/ws cannot be reached: Connection refused\n")
        }

        @Test(arguments: [
            ["--url", "nowhere"], ["--clients", "1"], ["--rate", "0"], ["--acts", "101"], ["--seconds", "0"],
        ])
        func invalidArgumentsAreRejected(arguments: [String]) async throws {
            let result = try await CommandRun(["verify"] + arguments).wait()
            #expect(result.status == 2)
            #expect(result.errors.hasPrefix("webchat: \(arguments[0])"))
        }

        @Test func theRateLimitPerUserIsRespected() async throws {
            try await withNodes(1, environment: ["MESSAGE_RATE": "5"]) { nodes in
                let run = try Self.verify(nodes, "--clients", "4", "--rate", "500", "--seconds", "3")
                let result = try await Self.expectKept(run)
                #expect(result.errors.contains("4 clients may send 5/s each; sending 16.0/s"))
                #expect((result.json["putOff"] as? [String: Int]) == [:])
            }
        }

        @Test func loadIsMeasuredTogetherWithItsCost() async throws {
            try await withNodes(1) { nodes in
                let result = try await CommandRun([
                    "load", "--json", "--url", "http://127.0.0.1:\(nodes[0].port)", "--clients", "10", "--seconds", "2",
                    "--pid", "\(nodes[0].identifier ?? 0)",
                ]).wait()
                try #require(result.status == 0, "\(result.output)\(result.errors)")
                let messages = try #require(result.json["messagesPerSecond"] as? Double)
                let deliveries = try #require(result.json["deliveriesPerSecond"] as? Double)
                #expect(messages > 10 && deliveries > 5 * messages)
                #if os(Linux)
                    #expect(try #require(result.json["nodesCPUMicrosPerDelivery"] as? Double) > 0)
                #endif
            }
        }
    }
}
