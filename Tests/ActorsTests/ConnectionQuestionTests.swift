import ChatModel
import ChatProtocol
import NIOCore
import Synchronization
import Testing

@testable import Actors

/// Every question for the past of a room is answered, whatever becomes of the actor that it was put to.
@Suite struct ConnectionQuestionTests {
    private static let query = SearchQuery("news")!
    private static let questions: [RoomCommand] = [
        .history(.before(nil), limit: 50),
        .history(.after(.zero), limit: 50),
        .search(ClientFrame.Search(query, before: nil, key: "k")),
    ]

    /// Ann's socket, in a room where bob has said as many messages.
    private func ann(among messages: Int, in house: House) async throws -> Socket {
        let (ann, bob) = try await house.enter("ann", "bob")
        for index in 0..<messages { house.say("news \(index)", by: bob) }
        try await house.until { ann.outlet.messages.count == messages }
        return ann
    }

    /// Ann has asked, and the first page that it takes is held.
    private func asking(
        _ questions: [RoomCommand], _ body: (House, Socket, FlakyLog) async throws -> Void
    ) async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            let ann = try await ann(among: 5, in: house)
            log.isSlow.store(true, ordering: .relaxed)
            for question in questions { house.command(question, by: ann) }
            try await house.until { log.pagesHeld == 1 }
            try await body(house, ann, log)
        }
    }

    @Test(arguments: questions)
    func aQuestionIsAnsweredThoughTheActorIsReplacedDuringTheRead(_ question: RoomCommand) async throws {
        try await asking([question]) { house, ann, log in
            try await house.replaceActor(of: ann)
            #expect(ann.outlet.answers.isEmpty)
            log.answer()
            try await house.until { ann.outlet.answers.count == 1 }
            #expect(ann.outlet.answers.first?.map(\.id.seq) == [1, 2, 3, 4, 5])
            #expect(ann.outlet.closed == nil)
        }
    }

    @Test func aQueuedQuestionIsAnsweredThoughTheActorIsReplaced() async throws {
        try await asking(Self.questions) { house, ann, log in
            try await house.replaceActor(of: ann)
            log.answer()
            try await house.until { ann.outlet.answers.count == Self.questions.count }
        }
    }

    @Test func questionsBeyondTheBufferAreRejectedDuringARestart() async throws {
        var limits = ActorsConfiguration()
        limits.heldCommands = 2
        try await House.open(limits: limits) { house in
            // Of two sockets one at least is on another event loop than the room: its next actor takes a while.
            let sockets = try await house.enter(["ann", "bob"])
            for socket in sockets {
                socket.outlet.eventLoop.execute {
                    socket.ref.actor?.assumeIsolated { $0.sabotage() }
                    for index in 1...10 {
                        socket.ref.receive(.search(ClientFrame.Search(Self.query, before: nil, key: "\(index)")))
                    }
                }
            }
            try await house.until { sockets.allSatisfy { $0.outlet.keysAnswered.count == 10 } }
            for socket in sockets { #expect(Set(socket.outlet.keysAnswered) == Set((1...10).map { "\($0)" })) }
            #expect(sockets.contains { $0.outlet.frames.contains { $0.errorCode == .unavailable } })
        }
    }

    @Test func aJoinIsAnsweredOnceThoughTheActorIsReplacedDuringTheRead() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            _ = try await ann(among: 5, in: house)
            log.isSlow.store(true, ordering: .relaxed)
            let eve = house.join("eve")
            try await house.until { log.pagesHeld == 1 }
            try await house.replaceActor(of: eve)
            log.answer()
            try await house.until { eve.outlet.messages.count == 5 }
            house.say("the sixth", by: eve)
            try await house.until { eve.outlet.messages.count == 6 }
            #expect(eve.outlet.frames.filter(\.isJoined).count == 1)
            #expect(eve.outlet.messages.map(\.id.seq) == Array(1...6))
        }
    }

    @Test func aMemberThatLeftGetsNoAnswer() async throws {
        try await asking(Self.questions) { _, ann, log in
            try await ann.outlet.eventLoop.submit { ann.ref.disconnect() }.get()
            log.answer()
            // Whoever comes to the same socket next finds the turns given back.
            let turns = ann.outlet.eventLoop.makePromise(of: Void.self)
            ann.outlet.eventLoop.execute {
                ann.outlet.awaitTurn {
                    ann.outlet.endTurn()
                    turns.succeed()
                }
            }
            try await turns.futureResult.get()
            #expect(ann.outlet.answers.isEmpty)
        }
    }
}

extension RecordingOutlet {
    /// The messages of every page of history, and of every search, oldest first.
    fileprivate var answers: [[ChatMessage]] {
        frames.compactMap { frame in
            switch frame {
            case .history(let history): history.messages
            case .found(let found): found.page.messages
            default: nil
            }
        }
    }

    fileprivate var keysAnswered: [String] {
        frames.compactMap { frame in
            switch frame {
            case .found(let found): found.key
            case .error(let error): error.key
            default: nil
            }
        }
    }
}
