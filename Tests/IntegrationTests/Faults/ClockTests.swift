import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 24, the second half: the wall clock is stepped by an hour, forward and back (libfaketime does that to the
    /// node alone).
    struct ClockTests {
        private static let library = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
            .map { $0 + "/faketime/libfaketimeMT.so.1" }.first(where: FileManager.default.fileExists)

        @Test func noTimerMovesWithTheWallClock() async throws {
            let library = try #require(Self.library, "libfaketime is missing: run scripts/setup test")
            let directory = TemporaryDirectory()
            let clock = directory.url.appending(path: "clock")
            func step(_ offset: String) throws { try offset.write(to: clock, atomically: true, encoding: .utf8) }
            try step("+0s")

            let environment = [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock.path, "FAKETIME_NO_CACHE": "1",
                "DONT_FAKE_MONOTONIC": "1",
            ]
            try await withNodes(1, environment: environment) { nodes in
                let crowd = Crowd(4, on: nodes, rooms: [.lobby])
                defer { crowd.stop() }
                try await crowd.start()
                let ann = try await Conversation.inLobby(nodes[0])
                try await ann.say(#"{"type":"chat","room":"lobby","key":"once","text":"once"}"#)
                let first = try await ann.chat()
                var last = first

                for (number, offset) in ["+3600s", "-3600s", "+0s"].enumerated() {
                    // Says no hello, for which it has 5 s.
                    let began = ContinuousClock.now
                    let silent = try RawSocket(port: nodes[0].port)
                    _ = try await silent.upgrade()
                    try step(offset)

                    for round in 0..<20 {
                        crowd.send("after \(offset)", key: "\(number).\(round)", from: round % 4, to: .lobby)
                    }
                    try await crowd.waitUntilSettled(within: .seconds(30))
                    try await ann.say(#"{"type":"chat","room":"lobby","key":"\#(number)","text":"now"}"#)
                    let message = try await ann.first { frame -> ChatMessage? in
                        if case .chat(_, _, let message) = frame, message.text == "now" { message } else { nil }
                    }
                    #expect(message.id > last.id)
                    let expected: Int64 = [3_600_000, -3_600_000, 0][number]
                    #expect(abs(message.ts - first.ts - expected) < 60_000, "the clock was not stepped to \(offset)")
                    last = message

                    #expect(try await silent.closeCode(within: .seconds(15)) == 4408)
                    #expect((.milliseconds(4_500) ..< .seconds(15)).contains(ContinuousClock.now - began))
                }
                // An hour is more than the ten minutes for which a key is remembered.
                try await ann.say(#"{"type":"chat","room":"lobby","key":"once","text":"once"}"#)
                let again = try await ann.first { if case .ack(_, "once", let id) = $0 { id } else { nil } }
                #expect(again == first.id)
                #expect(crowd.record.verdict.isClean, "\(crowd.record.verdict)")
                #expect(crowd.record.connections == 4, "a timer took somebody's connection")
                try FaultReport(fault: 24, title: "wall clock ± 1 h", verdict: crowd.record.verdict, seed: 0).record()
            }
        }
    }
}
