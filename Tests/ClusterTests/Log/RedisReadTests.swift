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
}

extension RedisServer {
    /// Bytes that it has sent to its clients.
    fileprivate func sent() throws -> Int {
        let name = "total_net_output_bytes:"
        let lines = try cli("INFO", "stats").split(whereSeparator: \.isNewline)
        return try #require(lines.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) })
    }
}
