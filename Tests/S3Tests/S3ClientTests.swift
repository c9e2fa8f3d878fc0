import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import S3

@Suite(.timeLimit(.minutes(2))) struct S3ClientTests {
    private static func client(
        _ url: String, _ accessKey: String, _ secretKey: String, clock: Int64 = 0
    ) throws -> S3Client {
        let credentials = S3Credentials(accessKey: accessKey, secretKey: secretKey)
        let client = S3Client(
            S3Configuration(try S3Location(url), credentials: credentials, region: nil),
            on: MultiThreadedEventLoopGroup.singleton, now: { Int64(Date().timeIntervalSince1970) + clock })
        client.open()
        return client
    }

    private static func failure(_ client: S3Client) async -> S3Error? {
        do throws(S3Error) {
            _ = try await client.list()
            return nil
        } catch {
            return error
        }
    }

    /// A server that checks every signature.
    @Test func objectsAreStoredFoundListedAndDeleted() async throws {
        try await withMoto { moto in
            let bucket = "\(moto.url)/\(MotoServer.bucket)"
            let client = try Self.client("\(bucket)/chat", moto.accessKey, moto.secretKey)
            let other = try Self.client("\(bucket)/another", moto.accessKey, moto.secretKey)
            try await other.create("lobby/x", [1])
            let bytes = (0..<100).map { UInt8($0) }
            let before = Int64(Date().timeIntervalSince1970 * 1_000)
            try await client.create("lobby/a", bytes)
            try await client.create("lobby/b", [])
            try await client.create("den/c", [7])
            let again = await #expect(throws: S3Error.self) { try await client.create("lobby/a", [9]) }
            #expect(again?.code == .exists)

            let head = try await client.read("lobby/a", first: 32)
            #expect(head?.head == Array(bytes.prefix(32)))
            #expect(head?.bytes == 100)
            #expect(try await client.read("lobby/b", first: 32)?.bytes == 0)
            #expect(try await client.read("lobby/none", first: 32) == nil)

            let all = try await client.list()
            #expect(all.objects.map(\.key) == ["den/c", "lobby/a", "lobby/b"])
            #expect(all.objects.map(\.bytes) == [1, 100, 0])
            #expect(all.objects.allSatisfy { abs($0.storedAt - before) < 60_000 })
            #expect(try await client.list(under: "lobby/").objects.map(\.key) == ["lobby/a", "lobby/b"])
            for key in ["lobby/a", "lobby/a", "lobby/none"] { try await client.delete(key) }
            #expect(try await client.list().objects.map(\.key) == ["den/c", "lobby/b"])
            #expect(try await other.list().objects.map(\.key) == ["lobby/x"])

            for number in 0..<5 { try await client.create("many/\(number)", [0]) }
            var (pages, next): ([[String]], String?) = ([], nil)
            repeat {
                let page = try await client.list(under: "many/", after: next, most: 2)
                pages.append(page.objects.map(\.key))
                next = page.next
            } while next != nil
            #expect(pages == [["many/0", "many/1"], ["many/2", "many/3"], ["many/4"]])

            let forged = try Self.client(bucket, moto.accessKey, "wrong")
            #expect(await Self.failure(forged)?.description.contains("AWS_SECRET_ACCESS_KEY") == true)
            let unknown = try Self.client(bucket, "nobody", moto.secretKey)
            #expect(await Self.failure(unknown)?.description.contains("AWS_ACCESS_KEY_ID") == true)
            let elsewhere = try Self.client("\(moto.url)/elsewhere", moto.accessKey, moto.secretKey)
            #expect(await Self.failure(elsewhere)?.description.contains("check the bucket in FILES_S3_URL") == true)
            for client in [client, other, forged, unknown, elsewhere] { await client.shutdown() }
        }
    }

    @Test func nobodyListening() async throws {
        let client = try Self.client("http://127.0.0.1:\(try freePort())/p", "a", "b")
        #expect(await Self.failure(client)?.code == .unreachable)
        await client.shutdown()
    }

    @Test(arguments: [
        (400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>", "is in eu-west-1"),
        (301, "<Error><Code>PermanentRedirect</Code></Error>", "FILES_S3_REGION"),
        (403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", "clock"), (403, "", "s3:ListBucket"),
        (403, "<Error><Code>ExpiredToken</Code></Error>", "temporary"), (502, "<html>Bad Gateway", "502"),
        (503, "<Error><Code>&lt;b&gt;\n</Code></Error>", "answered 503"),
    ])
    func refusalsSayWhatToDo(status: UInt, body: String, advice: String) {
        let error = S3Error(status: status, body: Array(body.utf8))
        #expect(error.description.contains(advice), "\(error)")
        #expect(!error.description.contains("\n"))
    }
}
