import ChatModel
import Cluster
import TestSupport
import Testing

/// Which files the messages of a room have, in Redis, in a Redis Cluster and in memory.
@Suite struct FileIndexConformanceTests {
    private func file(_ number: Int) throws -> SharedFile {
        let digits = String(number, radix: 4).map { "abcd"[String.Index(utf16Offset: Int(String($0))!, in: "abcd")] }
        let id = String(repeating: "z", count: 26 - digits.count) + String(digits)
        return SharedFile(
            id: try #require(FileID(id)), name: try #require(FileName("Größe \(number) 😀.png")), type: .png,
            bytes: number + 1, size: PixelSize(width: 3, height: 4))
    }

    private func standings(_ backend: TestedBackend, _ files: [SharedFile]) async throws -> [FileStanding] {
        try await backend.files.standings(of: files.map(\.id), in: .lobby)
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func filesStandAsTheirMessageDoes(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let files = try (0..<6).map(file)
            #expect(try await standings(backend, files) == Array(repeating: .unknown, count: 6))
            #expect(try await backend.files.standings(of: [], in: .lobby) == [])
            try await backend.subscribe()
            let both = try await backend.publish(backend.draft("hi", key: "k", files: [files[0], files[1]]))
            let one = try await backend.publish(backend.draft("", files: [files[2]]))
            try await backend.publish(backend.draft("none"))
            #expect(try await standings(backend, files).prefix(4) == [.kept, .kept, .kept, .unknown])

            // Live, and in the log.
            _ = await eventually { backend.receiver.messages(of: .lobby).count == 3 }
            #expect(backend.receiver.messages(of: .lobby).map(\.files) == [[files[0], files[1]], [files[2]], []])
            #expect(try await backend.all().map(\.files) == [[files[0], files[1]], [files[2]], []])

            // A resend is answered as ever; in another message they cannot be.
            let again = try await backend.publish(backend.draft("hi", key: "k", files: [files[0], files[1]]))
            #expect(again.duplicate && again.position == both.position)
            await expectRelayError(.forbidden) {
                try await backend.publish(backend.draft("hi", key: "l", files: [files[3], files[1]]))
            }
            // Not even of the same call.
            let results = try await backend.publish(
                [backend.draft("x", files: [files[4]]), backend.draft("y", files: [files[4]])], atOnce: 2)
            #expect((try? results[0].get()) != nil && (try? results[1].get()) == nil)

            try await backend.act(.edit(both.position.id), "changed")
            try await backend.act(.delete(one.position.id))
            #expect(try await standings(backend, files) == [.kept, .kept, .deleted, .unknown, .kept, .unknown])
            let shown = try await backend.all()
            #expect(shown.prefix(2).map(\.files) == [[files[0], files[1]], []])
            #expect(shown[0].text == "changed")
            await expectRelayError(.forbidden) { try await backend.publish(backend.draft("z", files: [files[2]])) }

            // With the room they are all gone, and no message of the next room can have them.
            #expect(try await backend.administration.delete(.lobby))
            #expect(
                try await standings(backend, files) == [.deleted, .deleted, .deleted, .unknown, .deleted, .unknown])
            await expectRelayError(.forbidden) { try await backend.publish(backend.draft("z", files: [files[0]])) }
            try await backend.publish(backend.draft("new"))
            await expectRelayError(.forbidden) { try await backend.publish(backend.draft("z", files: [files[0]])) }
            #expect(try await standings(backend, [files[0], files[3]]) == [.deleted, .unknown])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func filesLeaveTheIndexWithMessagesThatLeaveTheLog(kind: TestedBackend.Kind) async throws {
        var configuration = ClusterConfiguration()
        configuration.rooms.messages = 20
        try await TestedBackend.with(kind, configuration: configuration) { backend in
            let files = try (0..<40).map(file)
            for some in files.prefix(30) {
                let receipt = try await backend.publish(backend.draft("", files: [some]))
                if some.bytes.isMultiple(of: 3) { try await backend.act(.delete(receipt.position.id)) }
            }
            _ = try await backend.publish((0..<200).map { backend.draft("\($0)") })
            #expect(try await standings(backend, Array(files.prefix(30))).allSatisfy { $0 != .kept })
            for some in files.suffix(10) { try await backend.publish(backend.draft("", files: [some])) }
            #expect(
                try await standings(backend, files)
                    == Array(repeating: .unknown, count: 30) + Array(repeating: .kept, count: 10))
        }
    }

    @Test func ifTheIndexWasLostFilesAreKeptUntilTheMessagesOfThatTimeAreGone() async throws {
        var configuration = ClusterConfiguration()
        configuration.rooms.messages = 20
        try await TestedBackend.withRedis(configuration) { backend, server in
            let files = try (0..<4).map(file)
            try await backend.publish(backend.draft("", files: [files[0]]))
            try await backend.publish(backend.draft("", files: [files[1]]))
            try server.cli("DEL", "webchat:{lobby}:files")
            #expect(try await standings(backend, files) == [.kept, .kept, .kept, .kept])
            try await backend.publish(backend.draft("", files: [files[2]]))
            #expect(try await standings(backend, files) == [.kept, .kept, .kept, .kept])
            _ = try await backend.publish((0..<200).map { backend.draft("\($0)") })
            try await backend.publish(backend.draft("", files: [files[3]]))
            #expect(try await standings(backend, files) == [.unknown, .unknown, .unknown, .kept])
        }
    }

    @Test func theFilesOfDeletedRoomsAreForgottenWhenNobodyCanSendThem() async throws {
        try await TestedBackend.withRedis { backend, server in
            let files = try (0..<5).map(file)
            let index = "webchat:{lobby}:files"
            for some in files.prefix(3) {
                try await backend.publish(backend.draft("", files: [some]))
                #expect(try await backend.administration.delete(.lobby))
            }
            #expect(try server.cli("ZCARD", index) == "3")
            #expect(try await standings(backend, files) == [.deleted, .deleted, .deleted, .unknown, .unknown])
            let left = try #require(Int(try server.cli("TTL", index)))
            #expect((4 * 3600 - 60...4 * 3600).contains(left))

            // As if it had been deleted five hours before.
            let then = 1_000_000_000_000_000 + (try server.time()) / 1000 - 5 * 3_600_000
            try server.cli("ZADD", index, "-\(then)", files[0].id.description)
            try await backend.publish(backend.draft("", files: [files[3]]))
            #expect(try await standings(backend, files) == [.unknown, .deleted, .deleted, .kept, .unknown])
            try server.cli("ZADD", index, "-\(then)", files[1].id.description)
            #expect(try await backend.administration.delete(.lobby))
            #expect(try await standings(backend, files) == [.unknown, .unknown, .deleted, .deleted, .unknown])
        }
    }

    @Test func aMessageWithFilesThatMayNotBeCheckedDoesNotStopTheOthers() async throws {
        try await TestedBackend.withRedis { backend, server in
            let files = try (0..<1).map(file)
            try await backend.publish(backend.draft("first"))
            try server.cli("ACL", "SETUSER", "default", "-zscore")
            let results = try await backend.publish(
                [backend.draft("a"), backend.draft("b", files: files), backend.draft("c")], atOnce: 3)
            #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
            #expect(try await backend.all().map(\.text) == ["first", "a", "c"])
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aLogHasAnIDUntilRedisIsEmptied(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let first = try await backend.files.log()
            #expect(first.isNew)
            let again = FileLog(id: first.id, isNew: kind == .memory)
            #expect(try await backend.files.log() == again)
            _ = try await backend.publish(backend.draft("hi"))
            #expect(try await backend.files.log() == again)
            guard kind != .memory else { return }
            try backend.removeAll()
            let logs = try await withThrowingTaskGroup(of: FileLog.self) { group in
                for _ in 0..<8 { group.addTask { try await backend.files.log() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(logs.map(\.id)).count == 1 && logs[0].id != first.id)
            #expect(logs.count(where: \.isNew) == 1)
        }
    }

    @Test func whereTheLogIsInDoubtEveryFileIsKept() async throws {
        try await TestedBackend.withRedis { backend, server in
            let files = try (0..<2).map(file)
            try await backend.publish(backend.draft("", files: [files[0]]))
            #expect(try await standings(backend, files) == [.kept, .unknown])
            let head = "webchat:{lobby}:head"
            for spoil in [
                ["HSET", head, "seq", "7"], ["DEL", head], ["SET", head, "x"],
                ["DEL", "webchat:{lobby}:log"], ["SET", "webchat:{lobby}:files", "x"],
            ] {
                try server.cli(spoil)
                #expect(try await standings(backend, files) == [.kept, .kept], "\(spoil)")
            }
        }
    }
}
