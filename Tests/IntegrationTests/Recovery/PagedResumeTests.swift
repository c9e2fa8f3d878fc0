import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    struct PagedResumeTests {
        private static let rooms = (1...32).map { "room\($0)" }
        /// In each room: 10,000 in all rooms, 40 MB.
        private static let missed = 313
        private static let text = String(repeating: "x", count: 4_000)

        @Test func aLongAbsenceFromManyRoomsIsPagedWithinBoundedMemory() async throws {
            try await withCluster(2) { redis, nodes in
                let before = try await Member.open(nodes[0])
                var positions: [String: RoomPosition] = [:]
                for room in Self.rooms {
                    _ = try await before.join(room)
                    try await before.say("1", in: room)
                    positions[room] = try await Member.open(nodes[0]).join(room).position
                }
                for room in Self.rooms {
                    for _ in 0..<4 { try redis.append(Array(repeating: Self.text, count: 78), to: room) }
                    try redis.append([Self.text], to: room)
                }

                // Comes back to a node that has not heard any of it.
                let node = nodes[1]
                let ann = try await Conversation.open(node, receiveBuffer: 64 * 1024)
                let memory = node.residentKilobytes
                var peak = memory
                for room in Self.rooms {
                    let position = try #require(positions[room])
                    try await ann.say(
                        #"{"type":"join","room":"\#(room)","since":"\#(position.id)","epoch":"\#(position.epoch)"}"#
                    )
                }
                var resume = Resume(positions: positions.mapValues(\.id.seq))
                while resume.finished < Self.rooms.count {
                    resume.take(try await ann.next(within: .seconds(30)))
                    peak = max(peak, node.residentKilobytes)
                }
                for room in Self.rooms { #expect(resume.positions[room] == UInt64(1 + Self.missed), "\(room)") }
                #expect(resume.pages >= 4 * Self.rooms.count, "\(resume.pages) pages")
                #expect(peak - memory < 24_000, "\(memory) kB grew to \(peak) kB")
                print("paged resume: \(resume.pages) pages, memory \(memory) kB, at most \(peak) kB")
                try await ann.expectOpen()
                #expect(try await node.metric(#"webchat_slow_consumers_total{peer="client"}"#) == 0)
            }
        }

        /// How far the client is in each room.
        private struct Resume {
            var positions: [String: UInt64]
            var finished = 0
            var pages = 0

            init(positions: [String: UInt64]) { self.positions = positions }

            mutating func take(_ frame: ServerFrame) {
                switch frame {
                case .joined(let joined):
                    #expect(joined.recovered && joined.missing == nil)
                    page(joined.room, joined.messages, more: joined.more)
                case .resume(let room, _, let messages, let more): page(room, messages, more: more)
                case .presence: break
                default: Issue.record("\(frame)")
                }
            }

            private mutating func page(_ room: RoomName, _ messages: [ChatMessage], more: Bool) {
                pages += 1
                let bytes = messages.reduce(0) { $0 + $1.text.utf8.count }
                #expect(messages.count <= LogPage.maximumMessages && bytes <= LogPage.maximumBytes)
                for message in messages {
                    let last = positions[room.description] ?? 0
                    #expect(message.id.seq == last + 1)
                    positions[room.description] = message.id.seq
                }
                if !more { finished += 1 }
            }
        }
    }
}
