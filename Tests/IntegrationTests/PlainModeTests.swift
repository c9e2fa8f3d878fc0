import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    /// The wire form of the original chat: a client that knows of no subprotocol.
    struct PlainModeTests {
        @Test func theThreeFieldsReachEveryPlainClientUnchanged() async throws {
            try await withCluster(2) { _, nodes in
                let sender = try await Self.plain(nodes[0])
                let neighbour = try await Self.plain(nodes[0])
                let remote = try await Self.plain(nodes[1])
                try await Self.waitForMembers(3, on: nodes[0])
                try await sender.sendText(#"{"type":"message","text":"Hello","ts":1}"#)
                for socket in [sender, neighbour, remote] {
                    try await Self.expect(socket, #"{"type":"message","text":"Hello","ts":1}"#)
                }
                try await remote.sendText(#"{"ts":"12:30","text":"<b>\"h\u00e9\"</b> 👋","type":"chat"}"#)
                for socket in [sender, neighbour, remote] {
                    try await Self.expect(socket, #"{"type":"chat","text":"<b>\"hé\"</b> 👋","ts":"12:30"}"#)
                }
            }
        }

        @Test func invalidJSONKeepsTheSocketOpen() async throws {
            try await withNodes(1) { nodes in
                let socket = try await Self.plain(nodes[0])
                for text in ["not json", "{", "[]", #"{"type":"message"}"#, #"{"type":"x","text":"y"}"#, "\u{0}"] {
                    try await socket.sendText(text)
                }
                try await socket.sendText(#"{"type":"message","text":"still here","ts":2}"#)
                try await Self.expect(socket, #"{"type":"message","text":"still here","ts":2}"#)
            }
        }

        @Test func bothKindsOfClientsReceiveEachOthersMessagesInTheirOwnForm() async throws {
            try await withNodes(1) { nodes in
                let plain = try await Self.plain(nodes[0])
                let ann = try await Conversation.inLobby(nodes[0])
                try await plain.sendText(#"{"type":"message","text":"from plain","ts":-5e-1}"#)
                let heard = try await ann.chat()
                #expect(heard.text == "from plain")
                #expect(heard.ts > 1_600_000_000_000, "version 1 gets the server's time")
                try await Self.expect(plain, #"{"type":"message","text":"from plain","ts":-5e-1}"#)

                try await ann.say(#"{"type":"chat","room":"lobby","text":"from ann","key":"k1"}"#)
                let text = try await plain.text()
                let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
                #expect(Set(object.keys) == ["type", "text", "ts"])
                #expect(object["type"] as? String == "chat" && object["text"] as? String == "from ann")
            }
        }

        @Test func theQueryNamesTheRoom() async throws {
            try await withNodes(1) { nodes in
                let here = try await Self.plain(nodes[0], target: "/ws?room=attic")
                let elsewhere = try await Self.plain(nodes[0])
                try await here.sendText(#"{"type":"message","text":"in the attic","ts":1}"#)
                try await Self.expect(here, #"{"type":"message","text":"in the attic","ts":1}"#)
                try await elsewhere.sendText(#"{"type":"message","text":"in the lobby","ts":1}"#)
                try await Self.expect(elsewhere, #"{"type":"message","text":"in the lobby","ts":1}"#)
                let bad = try await RawSocket(port: nodes[0].port).upgrade("/ws?room=No%20Room", version1: false)
                #expect(bad.status == 400)
            }
        }

        private static func plain(_ node: NodeProcess, target: String = "/ws") async throws -> RawSocket {
            let socket = try RawSocket(port: node.port)
            let response = try await socket.upgrade(target, version1: false)
            try #require(response.status == 101, "\(response)")
            #expect(response.headers["sec-websocket-protocol"] == nil)
            return socket
        }

        private static func waitForMembers(_ count: Int, on node: NodeProcess) async throws {
            let watcher = try await Conversation.open(node)
            if try await watcher.join("lobby").memberCount >= count + 1 { return }
            _ = try await watcher.first { frame in
                switch frame {
                case .presence(.changed(_, _, _, let present)), .presence(.reset(_, _, let present)):
                    present >= count + 1 ? () : nil
                default: nil
                }
            }
        }

        /// Compares as objects: their members have no order.
        private static func expect(
            _ socket: RawSocket, _ json: String, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let text = try await socket.text()
            let got = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
            let expected = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary
            #expect(got == expected, "\(text)", sourceLocation: sourceLocation)
        }
    }
}
