import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    struct MovedBinaryTests {
        @Test func theBinaryRunsAnywhereWithTheFrontendBesideIt() async throws {
            let place = TemporaryDirectory()
            let executable = place.url.appending(path: "webchat")
            try FileManager.default.copyItem(at: NodeProcess.built(), to: executable)
            try FileManager.default.copyItem(
                at: NodeProcess.repository.appending(path: "frontend"), to: place.url.appending(path: "frontend"))

            let node = try NodeProcess(
                name: "moved", environment: ["STATIC_DIR": "", "CLUSTER_SECRET": ""], executable: executable)
            try node.start()
            try await node.waitUntilReady()
            let page = try await node.get("/")
            #expect(page.status == 200 && page.body.contains("<html"))
            let ann = try await Conversation.inLobby(node)
            try await ann.say(#"{"type":"chat","room":"lobby","key":"k","text":"moved"}"#)
            #expect(try await ann.chat().text == "moved")
        }

        @Test func aMissingFrontendIsReported() async throws {
            let place = TemporaryDirectory()
            let executable = place.url.appending(path: "webchat")
            try FileManager.default.copyItem(at: NodeProcess.built(), to: executable)
            let node = try NodeProcess(
                name: "alone", environment: ["STATIC_DIR": ""], executable: executable, directory: place.url)
            try node.start()
            #expect(try await node.waitForExit() != 0)
            #expect(node.log.contains("STATIC_DIR"), "\(node.log)")
        }
    }
}
