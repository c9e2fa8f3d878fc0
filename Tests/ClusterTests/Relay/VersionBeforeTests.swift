import ChatModel
import ChatProtocol
import Foundation
import NIOCore
import RedisClient
import Synchronization
import TestSupport
import Testing

@testable import Cluster

/// What a node of the version before has written, recorded from its binary (`Tests/Samples/version-before.json`): this
/// version reads it, and writes the same for nodes of that version to read.
@Suite struct VersionBeforeTests {
    private struct Recording: Decodable {
        struct Entry: Decodable {
            let id: String
            let fields: [String]
        }

        let live: [String]
        let log: [Entry]
        let acts: [String]
        let head: [String]
        /// The frame in which that node handed the log out.
        let history: String

        static func read() throws -> Recording {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Samples/version-before.json")
            return try JSONDecoder().decode(Recording.self, from: Data(contentsOf: file))
        }
    }

    /// Keeps what comes over a channel, byte by byte.
    private final class Ear: RedisSubscriberDelegate {
        private let state = Mutex((payloads: [String](), isConfirmed: false))

        var payloads: [String] { state.withLock { $0.payloads } }
        var isConfirmed: Bool { state.withLock { $0.isConfirmed } }

        func received(_ batches: [RedisMessageBatch], by subscriber: RedisSubscriber) {
            let texts = batches.flatMap(\.payloads).map { String(decoding: $0, as: UTF8.self) }
            state.withLock { $0.payloads += texts }
        }

        func confirmed(_ channel: String, by subscriber: RedisSubscriber) { state.withLock { $0.isConfirmed = true } }

        func resubscribed(_ channels: [String], by subscriber: RedisSubscriber) {}
    }

    @Test func itsLiveMessagesAreParsedAndWrittenTheSame() throws {
        let recording = try Recording.read()
        var kinds: Set<Character> = []
        for payload in recording.live {
            let event = try #require(LiveWire.parse(Array(payload.utf8)), "\(payload)")
            if let kind = payload.first { kinds.insert(kind) }
            guard case .signal(let signal) = event else { continue }
            #expect(LiveWire.encode(signal) == Array(payload.utf8))
        }
        #expect(kinds == ["M", "T", "R", "P", "Q", "A"])
    }

    @Test func itsLogIsReadAndWrittenByteForByte() async throws {
        let recording = try Recording.read()
        try await RedisFixture.with { fixture, server in
            for entry in recording.log { try server.cli(["XADD", "webchat:{lobby}:log", entry.id] + entry.fields) }
            try server.cli(["HSET", "webchat:{lobby}:head"] + recording.head)
            for acts in recording.acts {
                let seq = try #require(acts.split(separator: "\n").first)
                try server.cli("ZADD", "webchat:{lobby}:acts", "\(seq)", acts)
            }
            let subscriber = fixture.subscriber(try fixture.configuration())
            let ear = Ear()
            subscriber.attach(ear)
            try await fixture.whileRunning(subscriber) {
                try await RedisNode.with(server, name: "node-before") { node in
                    let read = try await node.backend.all()
                    guard case .history(let before) = try ServerFrame(parsing: ByteBuffer(string: recording.history))
                    else {
                        Issue.record("the recording holds no page of history")
                        return
                    }
                    #expect(read.map(\.id) == before.messages.map(\.id))
                    for (new, old) in zip(read, before.messages) {
                        let isSuperseded = old.act != nil && old.text == "better"
                        #expect(
                            new.text == (isSuperseded ? "" : old.text) && new.name == old.name && new.key == old.key)
                    }
                    let thumb = [MessageReaction(emoji: "👍", users: [read[0].user])]
                    #expect(read[0].state == .changed(edited: read[6].id, reactions: thumb))
                    #expect(read[1].state == .deleted)

                    // The same words once more, in another room: the same bytes, but for what the log gives them.
                    let room = try #require(RoomName("again"))
                    subscriber.subscribe(to: "webchat:0:{again}:live")
                    #expect(await eventually { ear.isConfirmed })
                    var ids: [MessageID: MessageID] = [:]
                    let said = recording.live.compactMap { payload -> ChatMessage? in
                        guard case .message(let message, _, _) = LiveWire.parse(Array(payload.utf8)) else { return nil }
                        return message
                    }
                    for message in said {
                        let target = message.act.flatMap { ids[$0.target] } ?? .zero
                        let act: MessageAct? =
                            switch message.act {
                            case nil: nil
                            case .edit: .edit(target)
                            case .delete: .delete(target)
                            case .react(_, let emoji, let on): .react(target, emoji: emoji, on: on)
                            case .room(let change): .room(change)
                            case .other(let kind, _): .other(kind, target)
                            }
                        let draft = MessageDraft(
                            user: message.user, name: message.name, text: message.text, key: message.key,
                            plain: message.plain, act: act)
                        ids[message.id] = try await node.backend.publish(draft, to: room).position.id
                    }
                    #expect(await eventually { ear.payloads.count >= said.count })
                    let recorded = recording.live.filter { $0.hasPrefix("M") }.map(Self.withoutNumbers)
                    #expect(ear.payloads.map(Self.withoutNumbers) == recorded)

                    // A reply is the same message, with a tail that nodes of that version skip.
                    let target = MessageID(ms: 7, seq: 42)
                    for re in [nil, target] {
                        let draft = MessageDraft(
                            user: said[0].user, name: said[0].name, text: "hi", key: "", re: re)
                        try await node.backend.publish(draft, to: room)
                    }
                    #expect(await eventually { ear.payloads.count >= said.count + 2 })
                    let pair = ear.payloads.suffix(2).map(Self.withoutNumbers)
                    #expect(pair[0].hasSuffix("hi") && !pair[0].contains("+"))
                    #expect(pair[1] == pair[0].replacing("\n", with: " + 4\n") + "\(target)")
                }
            }
        }
    }

    /// Epochs, ids and times are the log's; an emoji has one form now, shorter by the selector that was too much.
    private static func withoutNumbers(_ payload: String) -> String {
        payload.replacing("👍\u{FE0F}", with: "👍").replacing(#/[0-9a-f]{16}\.[0-9a-f]{8} /#, with: "EPOCH ")
            .replacing(#/[0-9]{13}-[0-9]+/#, with: "ID").replacing(#/ID [0-9]{13}/#, with: "ID TS")
            .replacing(#/\ 31\n/#, with: " 28\n")
    }
}
