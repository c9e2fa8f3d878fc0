import ChatModel
import NIOCore
import TestSupport
import Testing

@testable import Cluster

/// What reading the log costs Redis.
@Suite struct RedisReadTests {
    private static let large = String(repeating: "😀", count: 4_000)

    @Test(arguments: [false, true])
    func aPageOfLargeMessagesCostsRedisOnlyAPage(deleted: Bool) async throws {
        try await TestedBackend.withRedis { backend, server in
            let results = try await backend.publish((1...150).map { _ in backend.draft(Self.large) })
            if deleted {
                for result in results { try await backend.act(.delete(try result.get().position.id)) }
            }
            let before = try server.sent()
            let page = try await backend.read(.forward(after: .zero, through: nil, limit: 200))
            #expect(try server.sent() - before < 2 * LogPage.maximumBytes)
            // Of what was deleted nothing is sent, and still no more is read.
            #expect(page.messages.count < 20)
            #expect(page.more && page.reached == page.messages.last?.id)
        }
    }

    @Test func editsOfLargeMessagesCountAsRead() async throws {
        try await TestedBackend.withRedis { backend, _ in
            for result in try await backend.publish((1...60).map { backend.draft("\($0)") }) {
                try await backend.act(.edit(try result.get().position.id), Self.large)
            }
            let page = try await backend.read(.forward(after: .zero, through: nil, limit: 60))
            #expect(page.messages.count < 20 && page.more)
            #expect(page.messages.allSatisfy { $0.text == Self.large })
        }
    }

    @Test func manyHistoryReadsTakeTurnsAndDoNotDelayARoom() async throws {
        try await TestedBackend.withRedis { backend, _ in
            try await backend.publish(backend.draft("text"))
            let asked = 300
            let order = Journal<String>()
            let (log, eventLoop) = (backend.log, backend.eventLoop)
            let done = eventLoop.makePromise(of: Void.self)
            eventLoop.execute {
                @Sendable func ask(_ reader: LogReader, _ name: String) {
                    log.read(.backward(before: nil, limit: 50), of: .lobby, for: reader, on: eventLoop) { result in
                        order.add((try? result.get()) == nil ? "refused" : name)
                        if order.all.count == asked + 1 { done.succeed() }
                    }
                }
                for _ in 0..<asked { ask(.history(of: "192.0.2.1", by: nil), "history") }
                ask(.room, "room")
            }
            try await done.futureResult.get()
            let answers = order.all.filter { $0 != "refused" }
            typealias Turns = HistoryTurns<Int>
            #expect(answers.count == Turns.atOnceOfAddress + Turns.maximumWaitingOfAddress + 1)
            #expect(answers.firstIndex(of: "room") == Turns.atOnceOfAddress)
        }
    }

    /// Twenty from as many addresses, or all from one.
    @Test(arguments: [1, 20])
    func whoAsksForRecentMessagesAtOnceSharesOneRead(addresses: Int) async throws {
        try await TestedBackend.withRedis { backend, server in
            for number in 1...3 { try await backend.publish(backend.draft("\(number)")) }
            let before = try server.scriptCalls()
            let pages = try await Self.recent(20, from: addresses, in: backend)
            #expect(try server.scriptCalls() - before == 1)
            #expect(pages.allSatisfy { (try? $0.get().messages.map(\.text)) == ["1", "2", "3"] })
        }
    }

    @Test func recentMessagesAreCurrentAgainSoon() async throws {
        try await TestedBackend.withRedis { backend, _ in
            try await backend.publish(backend.draft("1"))
            _ = try await Self.recent(1, from: 1, in: backend)
            try await backend.publish(backend.draft("2"))
            let isShown = try await eventually {
                try await Self.recent(1, from: 1, in: backend)[0].get().messages.count == 2
            }
            #expect(isShown)
        }
    }

    @Test(arguments: ["team", "_private-abcdefghijklmnopqrstuvwxyz"])
    func whereThereAreRulesEachReadsForThemselves(name: String) async throws {
        try await TestedBackend.withRedis { backend, server in
            let room = try #require(RoomName(name))
            func role(_ role: RoomRole, of user: String) -> MessageDraft {
                MessageDraft(
                    user: UserID("ann"), name: "Ann", text: user, key: "",
                    act: .room(.role(role, of: UserID(user), .never)), authority: role == .owner ? .maker : .own)
            }
            try await backend.publish(role(.owner, of: "ann"), to: room)
            try await backend.publish(role(.banned, of: "bob"), to: room)
            let before = try server.scriptCalls()
            let users = (0..<20).map { UserID($0.isMultiple(of: 2) ? "bob" : "ann") }
            let pages = try await Self.recent(20, from: 20, in: backend, of: room, by: users)
            #expect(try server.scriptCalls() - before >= 20)
            for (user, page) in zip(users, pages) {
                #expect((try? page.get()) == nil || user == UserID("ann"))
                #expect((try? page.get()) != nil || user == UserID("bob"))
            }
        }
    }

    private static func recent(
        _ count: Int, from addresses: Int, in backend: TestedBackend, of room: RoomName = .lobby,
        by users: [UserID] = []
    ) async throws -> [Result<LogPage, RelayError>] {
        let (log, eventLoop) = (backend.log, backend.eventLoop)
        let answers = (0..<count).map { _ in eventLoop.makePromise(of: Result<LogPage, RelayError>.self) }
        eventLoop.execute {
            for (index, answer) in answers.enumerated() {
                let reader = LogReader.recent(
                    of: "\(index % addresses)", by: users.indices.contains(index) ? users[index] : nil)
                log.read(.forward(after: .zero, through: nil, limit: 200), of: room, for: reader, on: eventLoop) {
                    answer.succeed($0)
                }
            }
        }
        return try await EventLoopFuture.whenAllSucceed(answers.map(\.futureResult), on: eventLoop).get()
    }
}

extension RedisServer {
    /// Calls of scripts by its clients.
    fileprivate func scriptCalls() throws -> Int {
        let name = "cmdstat_evalsha:calls="
        let lines = try cli("INFO", "commandstats").split(whereSeparator: \.isNewline)
        return lines.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count).prefix { $0.isNumber }) } ?? 0
    }

    /// Bytes that it has sent to its clients.
    fileprivate func sent() throws -> Int {
        let name = "total_net_output_bytes:"
        let lines = try cli("INFO", "stats").split(whereSeparator: \.isNewline)
        return try #require(lines.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) })
    }
}
