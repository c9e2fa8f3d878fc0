import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 23: many clients stop reading while their room goes on.
    struct SlowReadersTests {
        private static let readers = FaultScale.choose(quick: 40, long: 500)
        private static let text = String(repeating: "€", count: 4_000)

        @Test func aClientThatStopsReadingIsClosedAndNobodyElseIsAffected() async throws {
            // A short history: what the room keeps is no part of the question.
            try await withNodes(1, environment: ["HISTORY_LENGTH": "100"]) { nodes in
                let node = nodes[0]
                let crowd = Crowd(8, on: nodes, rooms: [.lobby])
                defer { crowd.stop() }
                try await crowd.start()
                var slow: [Conversation] = []
                for _ in 0..<Self.readers {
                    slow.append(try await Conversation.open(node, receiveBuffer: 16 * 1024))
                    _ = try await slow[slow.count - 1].join("lobby")
                }
                // The same load beforehand, with everybody reading, so that only the fault makes a difference.
                for number in 0..<100 {
                    crowd.send(Self.text, key: "w\(number)", from: number % 8, to: .lobby)
                    if number % 10 == 9 { for reader in slow { try await reader.readEverything() } }
                }
                try await crowd.waitUntilSettled(within: .seconds(60))
                for reader in slow { try await reader.readEverything() }
                let before = node.residentKilobytes

                var sent = 0
                while try await node.slowReaders < Double(Self.readers) {
                    try #require(sent < 10_000, "nobody is closed")
                    for _ in 0..<20 {
                        crowd.send(Self.text, key: "k\(sent)", from: sent % 8, to: .lobby)
                        sent += 1
                    }
                    try await crowd.waitUntilSettled(within: .seconds(60))
                }
                try await eventually("only the crowd is connected") {
                    try await node.metric("webchat_connected_users") == 8
                }
                let ended = ContinuousClock.now
                let peak = node.residentKilobytes
                #expect(
                    await eventually(within: .seconds(20)) { node.residentKilobytes < before * 11 / 10 },
                    "\(before) kB before, \(peak) when all were closed, \(node.residentKilobytes) now")

                let healed = ContinuousClock.now - ended
                for reader in slow {
                    let code = try await reader.readToTheEnd()
                    #expect(code == nil || code == 1013)
                }
                #expect(crowd.record.verdict.isClean, "\(crowd.record.verdict)")
                #expect(crowd.record.connections == 8, "somebody else lost the connection")
                try FaultReport(
                    fault: 23, title: "\(Self.readers) clients stop reading", verdict: crowd.record.verdict,
                    timeToHeal: healed, seed: 0
                ).record()
            }
        }
    }
}

extension NodeProcess {
    var slowReaders: Double {
        get async throws { try await metric(#"webchat_slow_consumers_total{peer="client"}"#) }
    }
}

extension Conversation {
    /// Takes what has come, and waits for the answer to a question asked now.
    fileprivate func readEverything() async throws { try await expectOpen() }

    /// - Returns: the close code; `nil`: the connection ended without one.
    func readToTheEnd(_ take: (RawSocket.Frame) throws -> Void = { _ in }) async throws -> UInt16? {
        while let frame = try? await raw.frame() {
            if frame.opcode == RawSocket.Opcode.close { return frame.closeCode }
            try take(frame)
        }
        return nil
    }
}
