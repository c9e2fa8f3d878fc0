import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// The way of a message through real nodes: `docs/protocol.md`, section 12.
    struct JourneyTests {
        @Test func aJourneyShowsBothNodesAndOneWhileTheOtherIsStalled() async throws {
            try await withCluster(2) { _, nodes in
                let ann = try await Member.open(nodes[0], name: "ann")
                let bob = try await Member.open(nodes[1], name: "bob")
                let cho = try await Member.open(nodes[1], name: "cho")
                for who in [ann, bob, cho] { _ = try await who.join("lobby") }
                let id = try await ann.say("hello")
                for who in [bob, cho] { _ = try await who.history(through: "hello") }

                // A loop may have written it, and not said so yet. Nodes drop questions that come too fast.
                var traced: ServerFrame.Traced?
                try await eventually("both nodes have written it", state: { "\(String(describing: traced))" }) {
                    traced = try? await ann.trace(id).get()
                    return traced?.nodes.map(\.passage?.sockets) == [1, 2]
                }
                let journey = try #require(traced)
                #expect(journey.expected == 2)
                #expect(journey.origin?.node == "n1")
                #expect(journey.nodes.map(\.node) == ["n1", "n2"])
                #expect(journey.nodes[0].passage?.heard?.within == 0)
                let heard = try #require(journey.nodes[1].passage?.heard)
                #expect((0..<30_000_000).contains(heard.duration) && heard.within > 0, "\(heard)")

                // The same from the other node, of somebody else's message.
                let seen = try await bob.trace(id).get()
                #expect(seen.origin == journey.origin && seen.nodes.map(\.passage?.sockets) == [1, 2])
                #expect(try await ann.trace(MessageID(ms: id.ms, seq: 99)).code == .notFound)

                nodes[1].signal(SIGSTOP)
                // The signal takes a moment to reach all of its threads.
                try await eventually("only the first answers", state: { "\(String(describing: traced))" }) {
                    traced = try? await ann.trace(id).get()
                    return traced?.nodes.map(\.node) == ["n1"]
                }
                nodes[1].signal(SIGCONT)
                #expect(traced?.expected == 2)
                #expect(try await nodes[0].metric(#"webchat_journeys_total{result="part"}"#) >= 1)
            }
        }

        @Test func anEmbeddedNodeReportsItsOwnPart() async throws {
            try await withNodes(1) { nodes in
                let ann = try await Member.open(nodes[0], name: "ann")
                #expect(try await ann.trace(MessageID(ms: 1, seq: 1)).code == .notJoined)
                _ = try await ann.join("lobby")
                let id = try await ann.say("hello")
                let traced = try await ann.trace(id).get()
                #expect(traced.expected == 1 && traced.origin?.node == "n1")
                #expect(traced.nodes.map(\.passage?.sockets) == [1])
                #expect(try await ann.trace(MessageID(ms: 1, seq: 1)).code == .notFound)
            }
        }
    }
}

extension Member {
    fileprivate func trace(_ id: MessageID) async throws -> Result<ServerFrame.Traced, FrameError> {
        try await ask(#"{"type":"trace","room":"lobby","id":"\#(id)","key":"t"}"#) {
            if case .traced(let traced) = $0 { traced } else { nil }
        }
    }
}
