import ChatModel
import CoreMetrics
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import Actors

/// Searches of a real log, in Redis and in memory.
@Suite struct RoomSearchTests {
    @Test(arguments: TestedBackend.Kind.allCases)
    func messagesAreFoundInTheirCurrentState(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let texts = ["first apple", "second pear", "third apple", "fourth", "Äpfel and apple"]
            var ids: [MessageID] = []
            for text in texts { ids.append(try await backend.publish(backend.draft(text)).position.id) }
            try await backend.act(.edit(ids[0]), "first plum")
            try await backend.act(.edit(ids[3]), "fourth apple")
            try await backend.act(.delete(ids[2]))
            let last = try await backend.act(.react(ids[4], emoji: "👍", on: true), by: "u2")

            let page = try await backend.search("APPLE")
            #expect(page.messages.map(\.id) == [ids[3], ids[4]])
            #expect(page.messages.map(\.text) == ["fourth apple", "Äpfel and apple"])
            #expect(
                page.messages.last?.state
                    == .changed(edited: nil, reactions: [.init(emoji: "👍", users: [UserID("u2")])]))
            #expect(page.position.id == last && page.reached == ids[0] && !page.more)
            #expect(try await backend.search("plum").messages.map(\.id) == [ids[0]])
            #expect(try await backend.search("third").messages.isEmpty)
            #expect(try await backend.search("from:ann fel").messages.map(\.id) == [ids[4]])
            #expect(try await backend.search("apple", before: ids[4]).messages.map(\.id) == [ids[3]])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aLongLogIsSearchedAThousandEntriesAtATime(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let texts = (1...1_250).map { $0.isMultiple(of: 500) || $0 == 1 ? "needle \($0)" : "straw \($0)" }
            let results = try await backend.publish(texts.map { backend.draft($0) })
            let ids = try results.map { try $0.get().position.id }
            let first = try await backend.search("needle")
            #expect(first.messages.map(\.text) == ["needle 500", "needle 1000"])
            #expect(first.more && first.reached == ids[250])
            let second = try await backend.search("needle", before: first.reached)
            #expect(second.messages.map(\.text) == ["needle 1"])
            #expect(!second.more && second.reached == ids[0])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aRoomWithoutALogHasNoResults(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let nothing = SearchPage(position: .start, messages: [], reached: nil, more: false)
            let page = try await backend.search("x")
            #expect(page == nothing)
        }
    }

    @Test func searchesBeyondTheNodesLimitAreRejectedAtOnce() async throws {
        let log = HeldLog()
        let search = RoomSearch(log: log, metrics: SearchMetrics(factory: NOOPMetricsHandler.instance))
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let query = try #require(SearchQuery("x"))
        func ask(by address: Int) async throws -> EventLoopFuture<SearchPage> {
            let answer = eventLoop.makePromise(of: SearchPage.self)
            try await eventLoop.submit {
                search.search(
                    for: query, before: nil, in: .lobby, by: UserID("u1"), at: "192.0.2.\(address)", on: eventLoop
                ) { result in
                    eventLoop.preconditionInEventLoop()
                    answer.completeWith(result.mapError { $0 })
                }
            }.get()
            return answer.futureResult
        }
        var taken: [EventLoopFuture<SearchPage>] = []
        let share = RoomSearch.maximumAtOnceOfAddress
        for number in 0..<RoomSearch.maximumAtOnce {
            if number > 0, number.isMultiple(of: share) {
                // One address does not take the place of the others.
                let refused = try await ask(by: number / share - 1)
                await expectRelayError(.overloaded) { try await refused.get() }
            }
            taken.append(try await ask(by: number / share))
        }
        let refused = try await ask(by: 200)
        await expectRelayError(.overloaded) { try await refused.get() }

        try await eventLoop.submit {
            log.answer(.success(LogPage(head: .empty, messages: [], more: false, reached: nil)))
        }
        .get()
        for answer in taken { #expect(try await answer.get().messages.isEmpty) }

        // There is room again, and a log that is away is told, too.
        let late = try await ask(by: 0)
        try await eventLoop.submit { log.answer(.failure(RelayError(.unavailable, "away"))) }.get()
        await expectRelayError(.unavailable) { try await late.get() }
    }
}

/// A log that answers when it is told to.
private final class HeldLog: RoomLog {
    private let waiting = Mutex<[@Sendable (Result<LogPage, RelayError>) -> Void]>([])

    func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        waiting.withLock { $0.append(completion) }
    }

    func answer(_ result: Result<LogPage, RelayError>) {
        let all = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for completion in all { completion(result) }
    }
}

extension TestedBackend {
    fileprivate func search(_ text: String, before: MessageID? = nil) async throws -> SearchPage {
        let search = RoomSearch(log: log, metrics: SearchMetrics(factory: NOOPMetricsHandler.instance))
        let query = try #require(SearchQuery(text))
        let eventLoop = eventLoop
        let answer = eventLoop.makePromise(of: SearchPage.self)
        eventLoop.execute {
            search.search(for: query, before: before, in: .lobby, by: UserID("u1"), at: "192.0.2.1", on: eventLoop) {
                result in
                eventLoop.preconditionInEventLoop()
                answer.completeWith(result.mapError { $0 })
            }
        }
        return try await answer.futureResult.get()
    }
}
