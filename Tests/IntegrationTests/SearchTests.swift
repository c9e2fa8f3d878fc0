import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// Search within a room on real sockets: `docs/protocol.md`, section 11.
    struct SearchTests {
        @Test func messagesFromOneNodeAreFoundOnAnother() async throws {
            try await withCluster(2) { _, nodes in try await Self.expectSearch(on: nodes[0], and: nodes[1]) }
        }

        @Test func anEmbeddedNodeFindsTheSameMessages() async throws {
            try await withNodes(1) { nodes in try await Self.expectSearch(on: nodes[0], and: nodes[0]) }
        }

        private static func expectSearch(on first: NodeProcess, and second: NodeProcess) async throws {
            let ann = try await Member.inLobby(first, name: "ann")
            let one = try await ann.say("Die Größe zählt")
            let two = try await ann.say("grosse Freude")
            try await ann.say("nothing of that kind")

            let bob = try await Member.open(second, name: "bob")
            let ask = #""type":"search","room":"lobby","query":" GRÖSSE ","key":"s1""#
            let outside = try await bob.ask(ask).error
            #expect(outside?.code == .notJoined && outside?.key == "s1")

            _ = try await bob.join("lobby")
            let found = try await bob.ask(ask).get()
            #expect(found.query == "GRÖSSE" && found.key == "s1")
            #expect(found.page.messages.map(\.id) == [one, two])
            #expect(found.page.more == false && found.page.reached == one)
            let older = try await bob.ask(ask + #","before":"\#(two)""#).get()
            #expect(older.page.messages.map(\.text) == ["Die Größe zählt"])

            // Several at once are answered in their order; what is no query is an error that names its key.
            for word in ["freude", "kind", "freude"] {
                try await bob.send(#"{"type":"search","room":"lobby","query":"\#(word)","key":"\#(word)"}"#)
            }
            var keys: [String?] = []
            for _ in 0..<3 { keys.append(try await bob.found().get().key) }
            #expect(keys == ["freude", "kind", "freude"])
            let empty = try await bob.ask(#""type":"search","room":"lobby","query":" ","key":"s2""#).error
            #expect(empty?.code == .badRequest && empty?.key == "s2")
        }

        @Test func aSearchIsChargedForWhatItReads() async throws {
            let environment = ["MESSAGE_RATE": "1", "MESSAGE_BURST": "6"]
            try await withNodes(1, environment: environment) { nodes in
                let ann = try await Member.inLobby(nodes[0])
                let ask = #""type":"search","room":"lobby","query":"x","key":"s""#
                for _ in 0..<10 { try await ann.send("{\(ask)}") }
                var answers: [Result<ServerFrame.Found, FrameError>] = []
                for _ in 0..<10 { answers.append(try await ann.found()) }
                #expect(answers.contains { $0.error == nil })
                let refusal = answers.compactMap(\.error).first
                #expect(refusal?.code == .rateLimited && refusal?.key == "s" && (refusal?.retryAfterMs ?? 0) > 0)
            }
        }
    }
}

extension Member {
    /// - Parameter members: those of a frame.
    fileprivate func ask(_ members: String) async throws -> Result<ServerFrame.Found, FrameError> {
        try await send(#"{\#(members)}"#)
        return try await found()
    }

    fileprivate func found() async throws -> Result<ServerFrame.Found, FrameError> {
        try await answer { if case .found(let found) = $0 { found } else { nil } }
    }
}
