import ChatModel
import Cluster
import RedisClient
import TestSupport
import Testing

/// Deleted and superseded texts leave Redis, and nothing else does: `docs/protocol.md`, section 10.
@Suite struct ErasureTests {
    private static let log = "webchat:{lobby}:log"
    private static let head = "webchat:{lobby}:head"

    @Test(arguments: [3, 17, 404, 9_001])
    func erasingChangesNoPageAndLeavesNoTextThatIsNotShown(seed: UInt64) async throws {
        try await withRedisServer { server in
            // So that texts can be found in what DUMP prints.
            try server.cli("CONFIG", "SET", "rdbcompression", "no")
            let configuration = ClusterConfiguration.rooms { $0.messages = 60 }
            try await RedisNode.with(server, configuration: configuration) { node in
                let backend = node.backend
                var random = SeededGenerator(seed: seed)
                var written: [(text: String, of: MessageID)] = []
                var messages: [(id: MessageID, user: String)] = []
                for step in 1...400 {
                    let text = "<text \(step)>" + String(repeating: "x", count: Int.random(in: 0...300, using: &random))
                    let user = "u\(Int.random(in: 1...3, using: &random))"
                    let target = messages.suffix(80).randomElement(using: &random)
                    switch (Int.random(in: 0..<100, using: &random), target) {
                    case (0..<20, let target?):
                        let edit = try? await backend.act(.edit(target.id), text, by: target.user)
                        if edit != nil { written.append((text, target.id)) }
                    case (20..<35, let target?): _ = try? await backend.act(.delete(target.id), by: target.user)
                    case (35..<45, let target?):
                        _ = try? await backend.act(.react(target.id, emoji: "👍", on: Bool.random(using: &random)))
                    case (45..<50, _):
                        let before = try await pages(of: backend)
                        guard let first = before.first?.id else { continue }
                        try await erase(node)
                        #expect(try await pages(of: backend) == before, "seed \(seed), step \(step)")
                        // What was trimmed stays in memory until its block of the stream is empty.
                        let texts = written.filter { $0.of >= first }.map(\.text)
                        try expectOnlyShown(texts, before, on: server, "seed \(seed), step \(step)")
                    default:
                        // What a plain client calls the time may be a text, too.
                        let form = step.isMultiple(of: 3) ? PlainForm(kind: .chat, ts: "<form \(step)>") : nil
                        let answered =
                            step.isMultiple(of: 5) ? MessageID(ms: 7_000_000, seq: UInt64(1_000 + step)) : nil
                        let draft = backend.draft(text, user: user, key: "k\(step)", plain: form, re: answered)
                        let id = try await backend.publish(draft).position.id
                        messages.append((id, user))
                        let marks = [text] + [form?.ts, answered?.description].compactMap(\.self)
                        written += marks.map { ($0, id) }
                    }
                }
                #expect(messages.count > 150, "the log was trimmed")
            }
        }
    }

    @Test func nothingIsLostWhileNodesEraseAndTalkAtOnce() async throws {
        try await withRedisServer { server in
            try server.cli("CONFIG", "SET", "rdbcompression", "no")
            let configuration = ClusterConfiguration.rooms { $0.messages = 200 }
            try await RedisNode.with(server, name: "n1", configuration: configuration) { first in
                try await RedisNode.with(server, name: "n2", configuration: configuration) { second in
                    try await first.backend.subscribe()
                    let published = try await withThrowingTaskGroup(of: [Written].self) { group in
                        for node in [first, second] {
                            group.addTask {
                                while !Task.isCancelled { _ = try await node.erasures.eraseNext() }
                                return []
                            }
                        }
                        for (index, node) in [first, second, second].enumerated() {
                            group.addTask { try await talk(node.backend, user: "u\(index)") }
                        }
                        var all: [Written] = []
                        var talking = 3
                        while talking > 0, let some = try await group.next() {
                            all += some
                            if !some.isEmpty { talking -= 1 }
                        }
                        group.cancelAll()
                        return all.sorted { $0.id < $1.id }
                    }
                    #expect(published.map(\.id.seq) == Array(1...UInt64(published.count)))
                    let heard = first.receiver
                    #expect(await eventually { heard.messages(of: .lobby).count == published.count })
                    #expect(heard.messages(of: .lobby).map(\.id) == published.map(\.id))
                    try await eventually("everything is erased") {
                        _ = try await first.erasures.eraseNext()
                        let marks = try server.cli("HMGET", Self.head, "stale", "erased").split(separator: "\n")
                        return marks.count == 2 && marks[0] == marks[1]
                    }
                    let all = try await pages(of: first.backend)
                    #expect(all.map(\.id) == published.suffix(all.count).map(\.id))
                    try expectOnlyShown(published.map(\.text).filter { !$0.isEmpty }, all, on: server)
                    #expect(try server.cli("--scan", "--pattern", "*:copy:*").isEmpty)
                }
            }
        }
    }

    @Test func aRoomOfACluster() async throws {
        try await withRedisCluster(primaries: 2) { cluster in
            try await RedisNode.with(cluster.url, configuration: ClusterConfiguration()) { node in
                let rooms = ["a", "b", "c", "d"].compactMap { RoomName($0) }
                for room in rooms {
                    let id = try await node.backend.publish(node.backend.draft("secret"), to: room).position.id
                    let deletion = MessageDraft(user: UserID("u1"), name: "Ann", text: "", key: "", act: .delete(id))
                    try await node.backend.publish(deletion, to: room)
                }
                try await eventually("all are erased") {
                    _ = try await node.erasures.eraseNext()
                    return try rooms.allSatisfy { room in
                        let logs = try cluster.servers.map {
                            try $0.cli("-c", "XRANGE", "webchat:{\(room)}:log", "-", "+")
                        }
                        return logs.allSatisfy { !$0.contains("secret") && $0.contains("delete") }
                    }
                }
            }
        }
    }

    @Test func whatTheServerRefusesLeavesTheLogAsItIs() async throws {
        try await withRedisServer { server in
            try await RedisNode.with(server) { node in
                let id = try await node.backend.publish(node.backend.draft("secret")).position.id
                try await node.backend.act(.delete(id))
                let before = try await pages(of: node.backend)
                try server.cli("ACL", "SETUSER", "default", "-rename")
                // It has failed when it is put off for minutes; and keeps no other room waiting.
                let other = try #require(RoomName("other"))
                let hidden = try await node.backend.publish(node.backend.draft("hidden"), to: other).position.id
                try await eventually("the copy is refused") {
                    _ = try await node.erasures.eraseNext()
                    let scores = try server.cli("ZRANGE", "webchat:erasures", "0", "-1", "WITHSCORES")
                        .split(separator: "\n")
                    return try scores.count == 2 && (Int(scores[1]) ?? 0) > server.time() / 1_000 + 300_000
                }
                try server.cli("ACL", "SETUSER", "default", "+rename")
                let deletion = MessageDraft(user: UserID("u1"), name: "Ann", text: "", key: "", act: .delete(hidden))
                try await node.backend.publish(deletion, to: other)
                try await eventually("the other room is erased") {
                    _ = try await node.erasures.eraseNext()
                    return try !server.cli("XRANGE", "webchat:{other}:log", "-", "+").contains("hidden")
                }
                #expect(try await pages(of: node.backend) == before)
                try await node.backend.publish(node.backend.draft("next"))
                #expect(try await node.backend.read(.head).head.position.id.seq == 3)
            }
        }
    }

    @Test func manyRoomsAtOnceAndStrangeNamesAreDealtWith() async throws {
        try await withRedisServer { server in
            try await RedisNode.with(server) { node in
                let rooms = (0..<150).compactMap { RoomName("room-\($0)") }
                for room in rooms {
                    let id = try await node.backend.publish(node.backend.draft("secret"), to: room).position.id
                    let deletion = MessageDraft(user: UserID("u1"), name: "Ann", text: "", key: "", act: .delete(id))
                    try await node.backend.publish(deletion, to: room)
                }
                try server.cli("ZADD", "webchat:erasures", "1", "No Room!")
                try await eventually("all are erased") {
                    while try await node.erasures.eraseNext() {}
                    return try server.cli("ZRANGE", "webchat:erasures", "0", "-1").isEmpty
                }
                for room in rooms {
                    #expect(try !server.cli("XRANGE", "webchat:{\(room)}:log", "-", "+").contains("secret"))
                }
            }
        }
    }

    @Test func keysOfOthersAreLeftAlone() async throws {
        try await withRedisServer { server in
            try await RedisNode.with(server) { node in
                for kind in ["string", "missing", "foreign"] {
                    try server.cli("FLUSHALL")
                    let id = try await node.backend.publish(node.backend.draft("secret")).position.id
                    try await node.backend.act(.delete(id))
                    switch kind {
                    case "string": try server.cli("SET", Self.log, "mine")
                    case "missing": try server.cli("DEL", Self.head)
                    default: try server.cli("XADD", Self.log, "*", "my", "entry")
                    }
                    let before = try server.cli("DUMP", Self.log)
                    for _ in 1...20 { _ = try await node.erasures.eraseNext() }
                    #expect(try server.cli("DUMP", Self.log) == before, "\(kind)")
                }
            }
        }
    }

    private struct Written {
        let id: MessageID
        let text: String
    }

    /// - Returns: what was taken; not empty.
    private func talk(_ backend: TestedBackend, user: String) async throws -> [Written] {
        var all: [Written] = []
        var messages: [MessageID] = []
        for step in 0..<300 {
            if step % 3 == 2, let target = messages.randomElement() {
                let text = step % 2 == 0 ? "<edit \(step) of \(user)>" : ""
                let act: MessageAct = text.isEmpty ? .delete(target) : .edit(target)
                if let id = try? await backend.act(act, text, by: user) { all.append(Written(id: id, text: text)) }
            } else {
                let text = "<text \(step) of \(user)>"
                let id = try await backend.publish(backend.draft(text, user: user)).position.id
                messages.append(id)
                all.append(Written(id: id, text: text))
            }
        }
        return all
    }

    /// Until no room is due.
    private func erase(_ node: RedisNode) async throws {
        let server = node.redis.shards.all[0].read
        try await eventually("everything is erased") {
            _ = try await node.erasures.eraseNext()
            let marks = try await server.send(.init(.read, "HMGET", Self.head, "stale", "erased")).array()
            return marks.count == 2 && (try? marks[0].string()) == (try? marks[1].string())
        }
    }

    private func pages(of backend: TestedBackend) async throws -> [ChatMessage] {
        var messages: [ChatMessage] = []
        var after: MessageID? = .zero
        while let from = after {
            let page = try await backend.read(.forward(after: from, through: nil, limit: 50))
            // No reader sees the form of a deleted message.
            messages += page.messages.map { $0.state == .deleted ? $0.withoutForm : $0 }
            after = page.more ? page.reached : nil
        }
        return messages
    }

    /// - `written`: texts, each in itself unique up to its `>`, if it has one.
    private func expectOnlyShown(
        _ written: [String], _ shown: [ChatMessage], on server: RedisServer, _ comment: Comment? = nil
    ) throws {
        let dump = try server.cli("DUMP", Self.log)
        func mark(_ text: String) -> String { text.firstIndex(of: ">").map { String(text[...$0]) } ?? text }
        let marks = written.map(mark)
        let texts = shown.flatMap { [$0.text, $0.plain?.ts, $0.re?.description].compactMap(\.self) }
        let visible = Set(texts.map(mark))
        let kept = marks.filter { dump.contains($0) }
        #expect(kept.filter { !visible.contains($0) } == [], comment)
        #expect(marks.filter { visible.contains($0) && !dump.contains($0) } == [], comment)
        let sizes = """
            local sum = 0
            for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
                sum = sum + 128
                for i = 1, #entry[2], 2 do if entry[2][i] ~= 'ts' then sum = sum + #entry[2][i + 1] end end
            end
            return sum
            """
        #expect(try server.cli("HGET", Self.head, "bytes") == server.cli("EVAL", sizes, "1", Self.log), comment)
    }
}

extension ChatMessage {
    fileprivate var withoutForm: ChatMessage {
        ChatMessage(
            id: id, user: user, name: name, text: text, key: key, ts: ts, plain: nil, act: act, re: re, state: state)
    }
}
