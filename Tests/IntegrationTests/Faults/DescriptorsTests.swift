import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// Fault 24, the first half: more clients than the process has descriptors for.
    struct DescriptorsTests {
        private static let limit = 200

        @Test func atTheDescriptorLimitAcceptingPausesAndRecovers() async throws {
            let node = try NodeProcess(
                name: "narrow", environment: ["WEBCHAT": NodeProcess.built().path],
                command: ["/bin/sh", "-c", "ulimit -n \(Self.limit); exec \"$WEBCHAT\" serve"])
            try node.start()
            try await node.waitUntilReady()
            let ann = try await Conversation.inLobby(node)
            #expect(try await node.metric("process_max_fds") == Double(Self.limit))

            // The kernel completes their connections; whether the node accepts them is another matter.
            var crowd: [RawSocket] = []
            for _ in 0..<Self.limit * 2 { crowd.append(try RawSocket(port: node.port)) }
            let late = try RawSocket(port: node.port)
            try await late.send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

            // Who is there lives on, and what needs a descriptor of its own, a file, is served to who has a connection.
            try await ann.say(#"{"type":"chat","room":"lobby","key":"k","text":"still here"}"#)
            #expect(try await ann.chat().text == "still here")
            await #expect(throws: TestFailure.self) { try await late.response(within: .seconds(1)) }

            crowd = []
            #expect(try await late.response(within: .seconds(10)).status == 200)
            #expect(try await node.get("/").status == 200)
            let bob = try await Conversation.open(node, name: "bob")
            try await bob.expectOpen()
            try await ann.expectOpen()
        }
    }
}
