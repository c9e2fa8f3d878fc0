import ChatModel
import Files
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import WebEdge

@Suite struct FileRoutesTests {
    /// As after a lost connection, when the client sends the file again before the node has noticed.
    @Test func aTicketIsUsedOnceAtATimeAndNotForEver() async throws {
        try await TakenFiles.with(configure: { $0.megabytesPerUser = 1 }) { files in
            try await EdgeFixture.run(files: files.services) { edge in
                let (head, bytes) = try files.upload(of: 600_000)
                let first = try await edge.connect(sending: head + bytes.prefix(300_000))
                try await eventually("the upload begins") { try files.metric("webchat_file_uploads_open") == 1 }
                let second = try await edge.exchange(head + bytes)
                #expect(second.status == 409)
                #expect(second["Retry-After"] == "5")
                first.send(String(bytes.dropFirst(300_000)))
                #expect(try await first.untilClosed().hasPrefix("HTTP/1.1 201 "))
                // Twice what the user may upload in an hour.
                #expect(
                    try await [edge.exchange(head + bytes), edge.exchange(head + bytes)].map(\.status) == [200, 200])
                let last = try await edge.exchange(head + bytes)
                #expect(last.status == 429)
                #expect(Int(last["Retry-After"] ?? "") ?? 0 > 60)
                #expect(files.left.count == 1)
                #expect(try files.metric("webchat_file_uploads_open") == 0)
                #expect(try files.metric("webchat_files_bytes") == 600_000)
            }
        }
    }

    @Test func uploadsAtOnceShareTheSpaceThatIsLeft() async throws {
        try await TakenFiles.with(limit: 1_048_576) { files in
            try await EdgeFixture.run(files: files.services) { edge in
                let uploads = try (0..<3).map { _ in try files.upload(of: 400_000) }
                var clients: [RawClient] = []
                for upload in uploads.prefix(2) {
                    clients.append(try await edge.connect(sending: upload.head + upload.bytes.prefix(1_000)))
                }
                try await eventually("both begin") { try files.metric("webchat_file_uploads_open") == 2 }
                #expect(try await edge.exchange(uploads[2].head + uploads[2].bytes).status == 507)
                // What broke off leaves its space.
                await clients[0].close()
                try await eventually("it is over") { try files.metric("webchat_file_uploads_open") == 1 }
                #expect(try await edge.exchange(uploads[2].head + uploads[2].bytes).status == 201)
                clients[1].send(String(uploads[1].bytes.dropFirst(1_000)))
                #expect(try await clients[1].untilClosed().hasPrefix("HTTP/1.1 201 "))
                #expect(try files.metric("webchat_files_bytes") == 800_000)
            }
        }
    }

    @Test func aClientThatReadsNothingIsCutOffAndDownloadsAreLimited() async throws {
        try await TakenFiles.with(stallLimit: .milliseconds(300)) { files in
            // More than the buffers of both sockets.
            let path = try files.sparse(64 * 1_048_576)
            try await EdgeFixture.run(files: files.services) { edge in
                let client = try await edge.connect()
                try await client.stopReading()
                client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                try await eventually("it is cut off") {
                    try files.metric("webchat_file_downloads_total{result=\"stalled\"}") == 1
                }
                try await eventually("its place is free") { try files.metric("webchat_file_downloads_open") == 0 }
                await client.close()

                var taken: [TransferPlaces.Place] = []
                for number in 0..<files.services.downloads.most {
                    taken.append(try files.services.downloads.take("\(number)").get())
                }
                let answer = try await edge.get(path, "Range: bytes=5-9")
                #expect(answer.status == 503 && answer["Retry-After"] == "5")
                #expect(try files.metric("webchat_file_downloads_total{result=\"crowded\"}") == 1)
                taken = []
                #expect(try await edge.get(path, "Range: bytes=5-9").status == 206)
                let head = try await edge.get(path, method: "HEAD")
                #expect(head.status == 200 && head["Content-Length"] == "\(64 * 1_048_576)")
                try await eventually("all are free") { try files.metric("webchat_file_downloads_open") == 0 }
            }
        }
    }
}
