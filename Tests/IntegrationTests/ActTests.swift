import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// Edits, deletions and reactions on real sockets: `docs/protocol.md`, section 10.
    struct ActTests {
        @Test func twoNodesShowTheSameMessagesAfterAnyActs() async throws {
            try await withCluster(2) { _, nodes in try await Self.expectActs(on: nodes[0], and: nodes[1]) }
        }

        @Test func anEmbeddedNodeShowsTheSameMessages() async throws {
            try await withNodes(1) { nodes in try await Self.expectActs(on: nodes[0], and: nodes[0]) }
        }

        private static func expectActs(on first: NodeProcess, and second: NodeProcess) async throws {
            let (ann, bob) = try await Member.annAndBob(on: first, second)
            let one = try await ann.say("one")
            let two = try await ann.say("two")

            // Who was away gets the acts in their order, like messages.
            let position = RoomPosition(epoch: try await bob.epoch(of: two), id: two)
            let bobs = bob.token
            try await bob.close()
            let edit = try await ann.act(#""type":"edit","id":"\#(one)","text":"won","key":"e""#).get()
            #expect(try await ann.act(#""type":"edit","id":"\#(one)","text":"won","key":"e""#).get() == edit)
            let back = try await Member.open(second, name: "bob", token: bobs)
            let joined = try await back.join("lobby", since: position)
            #expect(joined.recovered)
            #expect(joined.messages.map(\.act) == [.edit(one)])
            #expect(joined.messages.map(\.text) == ["won"])

            // Live.
            let react = #""type":"react","id":"\#(two)","emoji":"👍","on":true,"key":"r""#
            let reaction = try await back.act(react).get()
            let heard = try await ann.first { frame -> ChatMessage? in
                if case .chat(_, _, let message) = frame, message.id == reaction { message } else { nil }
            }
            #expect(heard.act == .react(two, emoji: "👍", on: true) && heard.user == back.user.id)

            // Not one's own, not there, not an emoji.
            let foreign = try await back.act(#""type":"delete","id":"\#(one)","key":"d""#)
            #expect(foreign.code == .forbidden)
            #expect(try await back.act(#""type":"delete","id":"1-1","key":"d""#).code == .notFound)
            #expect(try await back.act(react.replacing("👍", with: "yes")).code == .badRequest)
            let deletion = try await ann.act(#""type":"delete","id":"\#(two)","key":"d2""#).get()

            // Whoever comes now sees what is so, on whatever page.
            let eve = try await Member.open(second, name: "eve")
            let fresh = try await eve.join("lobby")
            #expect(fresh.messages.map(\.id) == [one, two, edit, reaction, deletion])
            #expect(fresh.messages.map(\.text) == ["won", "", "won", "", ""])
            try await eve.send(#"{"type":"history","room":"lobby","before":"\#(edit)","limit":2}"#)
            let history = try await eve.first { if case .history(let history) = $0 { history } else { nil } }
            #expect(history.messages.map(\.state) == [.changed(edited: edit, reactions: []), .deleted])
            #expect(history.position.id == deletion)

            // A permalink: what leads up to it, itself included, and what comes after it.
            for (part, ids, more) in [
                (#""before":"\#(one.ms)-\#(one.seq + 1)""#, [one], false), (#""after":"\#(one)""#, [two, edit], true),
            ] {
                try await eve.send(#"{"type":"history","room":"lobby",\#(part),"limit":2}"#)
                let page = try await eve.first { if case .history(let history) = $0 { history } else { nil } }
                #expect(page.messages.map(\.id) == ids && page.more == more)
            }
        }

        @Test func aPlainClientReceivesOnlyMessages() async throws {
            try await withNodes(1) { nodes in
                let plain = try RawSocket(port: nodes[0].port)
                try #require(try await plain.upgrade(version1: false).status == 101)
                let ann = try await Member.inLobby(nodes[0])
                let one = try await ann.say("one")
                _ = try await ann.act(#""type":"edit","id":"\#(one)","text":"won","key":"e""#).get()
                try await ann.say("two")
                for text in ["one", "two"] { #expect(try await plain.text().contains(#""text":"\#(text)""#)) }
                // It counted the act: nothing was missed, and nothing had to be read.
                #expect(try await ann.history(through: "two").flatMap(\.texts) == ["one", "won", "two"])
            }
        }
    }
}

extension Member {
    /// An act in the lobby, and what the server answers.
    /// - Parameter members: those of its frame, but for the room.
    fileprivate func act(_ members: String) async throws -> Result<MessageID, FrameError> {
        try await ask(#"{\#(members),"room":"lobby"}"#) { if case .ack(_, _, let id) = $0 { id } else { nil } }
    }

    fileprivate func epoch(of id: MessageID) async throws -> Epoch {
        try await first { if case .chat(_, let epoch, let message) = $0, message.id == id { epoch } else { nil } }
    }
}
