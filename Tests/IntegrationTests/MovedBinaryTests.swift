import ChatModel
import ChatProtocol
import Foundation
import TestSupport
import Testing

extension Integration {
    struct MovedBinaryTests {
        @Test func theBinaryRunsAnywhereWithTheFrontendBesideIt() async throws {
            let files = FileManager.default
            let place = files.temporaryDirectory.appending(path: "webchat-moved-\(UUID().uuidString)")
            let elsewhere = place.appending(path: "elsewhere")
            try files.createDirectory(at: elsewhere, withIntermediateDirectories: true)
            defer { try? files.removeItem(at: place) }
            let executable = place.appending(path: "webchat")
            try files.copyItem(at: try NodeProcess.built(), to: executable)
            try files.copyItem(
                at: NodeProcess.repository.appending(path: "frontend"), to: place.appending(path: "frontend"))

            let node = try NodeProcess(
                name: "moved", environment: ["STATIC_DIR": "", "CLUSTER_SECRET": ""], executable: executable,
                directory: elsewhere)
            defer { node.signal(SIGKILL) }
            try node.start()
            try await node.waitUntilReady()
            let page = try await node.get("/")
            #expect(page.status == 200 && page.body.contains("<html"))
            let ann = try await Conversation.inLobby(node)
            try await ann.say(#"{"type":"chat","room":"lobby","key":"k","text":"moved"}"#)
            #expect(try await ann.chat().text == "moved")
        }

        @Test func aMissingFrontendIsReported() async throws {
            let files = FileManager.default
            let place = files.temporaryDirectory.appending(path: "webchat-alone-\(UUID().uuidString)")
            try files.createDirectory(at: place, withIntermediateDirectories: true)
            defer { try? files.removeItem(at: place) }
            let executable = place.appending(path: "webchat")
            try files.copyItem(at: try NodeProcess.built(), to: executable)
            let node = try NodeProcess(
                name: "alone", environment: ["STATIC_DIR": ""], executable: executable, directory: place)
            defer { node.signal(SIGKILL) }
            try node.start()
            #expect(try await node.waitForExit() != 0)
            #expect(node.log.contains("STATIC_DIR"), "\(node.log)")
        }
    }
}
