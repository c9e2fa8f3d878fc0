import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import NIOCore
import TestSupport
import Testing

extension Integration {
    struct SlowReaderTests {
        /// 1,200 messages of 12 kB: far more than the kernel's buffers and the node's limit of 1 MiB together.
        private static let messages = 1_200
        private static let text = String(repeating: "€", count: 4_000)

        @Test func aSlowReaderIsClosedAndResumesWithoutAGap() async throws {
            try await withNodes(1, environment: ["HISTORY_LENGTH": "2000", "HISTORY_MB": "64"]) { nodes in
                let slow = try await Conversation.open(nodes[0], name: "slow", receiveBuffer: 16 * 1024)
                var position = try await slow.join("lobby").position
                let memory = nodes[0].residentKilobytes

                let crowd = Crowd(4, on: nodes, rooms: [.lobby])
                defer { crowd.stop() }
                try await crowd.start()
                for number in 0..<Self.messages {
                    crowd.send(Self.text, key: "k\(number)", from: number % 4, to: .lobby)
                }
                try await crowd.waitUntilSettled(within: .seconds(60))
                #expect(crowd.record.verdict.isClean, "\(crowd.record.verdict)")
                // The log itself holds about 15 MB; a queue without a limit would hold as much again.
                #expect(nodes[0].residentKilobytes < memory + 100_000)
                try await eventually("the slow reader is counted") { try await nodes[0].slowReaders == 1 }

                // What was written to it before the end; every number in its turn.
                let code = try await slow.readToTheEnd { frame in
                    guard frame.opcode == RawSocket.Opcode.text,
                        case .chat(_, let epoch, let message) = try ServerFrame(parsing: .init(bytes: frame.payload))
                    else { return }
                    #expect(message.id.seq == position.id.seq + 1)
                    position = RoomPosition(epoch: epoch, id: message.id)
                }
                #expect(code == nil || code == 1013)
                #expect(position.id.seq < UInt64(Self.messages), "it was read without being slow")

                let again = try await Conversation.open(nodes[0], name: "slow", token: slow.token)
                let joined = try await again.join("lobby", since: position)
                #expect(joined.recovered)
                var seqs = joined.messages.map(\.id.seq)
                var more = joined.more
                while more {
                    let page = try await again.first { frame -> ([ChatMessage], Bool)? in
                        if case .resume(_, _, let messages, let more) = frame { (messages, more) } else { nil }
                    }
                    seqs += page.0.map(\.id.seq)
                    more = page.1
                }
                #expect(seqs == Array((position.id.seq + 1)...UInt64(Self.messages)))
            }
        }
    }
}
