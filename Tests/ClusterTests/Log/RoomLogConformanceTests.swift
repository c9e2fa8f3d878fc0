import ChatModel
import Cluster
import TestSupport
import Testing

/// What readers of the log rely on, in Redis and in memory.
@Suite struct RoomLogConformanceTests {
    @Test(arguments: TestedBackend.Kind.allCases)
    func aRoomWithoutALogIsEmpty(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let ranges: [LogRange] = [
                .head, .forward(after: .zero, through: nil, limit: 10),
                .forward(after: MessageID(ms: .max, seq: .max), through: nil, limit: 10),
                .backward(before: nil, limit: 10), .backward(before: .zero, limit: 10),
            ]
            for range in ranges {
                let page = try await backend.read(range)
                #expect(page == LogPage(head: .empty, messages: [], more: false, reached: nil))
            }
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aRangeIsOldestFirstAndSaysWhetherThereIsMore(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            for number in 1...12 { try await backend.publish(backend.draft("\(number)")) }
            let all = try await backend.all()
            #expect(all.map(\.text) == (1...12).map(String.init))

            func expect(
                _ range: LogRange, _ numbers: ClosedRange<Int>?, more: Bool, reached: Int?,
                sourceLocation: SourceLocation = #_sourceLocation
            ) async throws {
                let page = try await backend.read(range)
                #expect(
                    page.messages == numbers.map { Array(all[($0.lowerBound - 1)...($0.upperBound - 1)]) } ?? [],
                    sourceLocation: sourceLocation)
                #expect(page.more == more, sourceLocation: sourceLocation)
                #expect(page.reached == reached.map { all[$0 - 1].id }, sourceLocation: sourceLocation)
                #expect(page.head.position.id == all[11].id, sourceLocation: sourceLocation)
                #expect(page.head.first == all[0].id, sourceLocation: sourceLocation)
            }

            try await expect(.head, nil, more: false, reached: nil)
            try await expect(.forward(after: .zero, through: nil, limit: 5), 1...5, more: true, reached: 5)
            try await expect(.forward(after: all[4].id, through: nil, limit: 7), 6...12, more: false, reached: 12)
            try await expect(.forward(after: all[4].id, through: nil, limit: 6), 6...11, more: true, reached: 11)
            try await expect(.forward(after: all[4].id, through: all[7].id, limit: 9), 6...8, more: false, reached: 8)
            try await expect(.forward(after: all[4].id, through: all[7].id, limit: 2), 6...7, more: true, reached: 7)
            try await expect(.forward(after: all[7].id, through: all[4].id, limit: 9), nil, more: false, reached: nil)
            try await expect(.forward(after: all[11].id, through: nil, limit: 9), nil, more: false, reached: nil)
            try await expect(
                .forward(after: MessageID(ms: .max, seq: .max), through: nil, limit: 9), nil, more: false, reached: nil)
            try await expect(
                .forward(after: MessageID(ms: all[0].id.ms - 1, seq: .max), through: nil, limit: 1), 1...1, more: true,
                reached: 1)
            try await expect(.backward(before: nil, limit: 5), 8...12, more: true, reached: 8)
            try await expect(.backward(before: all[7].id, limit: 7), 1...7, more: false, reached: 1)
            try await expect(.backward(before: all[7].id, limit: 6), 2...7, more: true, reached: 2)
            try await expect(.backward(before: all[0].id, limit: 6), nil, more: false, reached: nil)
            try await expect(.backward(before: .zero, limit: 6), nil, more: false, reached: nil)
            try await expect(
                .backward(before: MessageID(ms: all[11].id.ms + 1, seq: 0), limit: 1), 12...12, more: true, reached: 12)
            try await expect(.backward(before: nil, limit: 0), 12...12, more: true, reached: 12)
            try await expect(.forward(after: .zero, through: nil, limit: .max), 1...12, more: false, reached: 12)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func pagesKeepTheirLimitsAndFollowOneAnother(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let texts = (0..<60).map { String(repeating: "é", count: $0 * 300) }
            for result in try await backend.publish(texts.map { backend.draft($0) }) { _ = try result.get() }

            let forward = try await backend.pagesForward()
            let backward = try await backend.pagesBackward()
            for page in forward + backward {
                #expect(page.messages.map(\.text.utf8.count).reduce(0, +) <= LogPage.maximumBytes)
                #expect(page.reached != nil)
            }
            #expect(forward.flatMap(\.messages).map(\.text) == texts)
            #expect(backward.reversed().flatMap(\.messages).map(\.text) == texts)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func deletedMessagesLeaveNoGapsBetweenPages(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let large = String(repeating: "😀", count: 4_000)
            var ids: [MessageID] = []
            for result in try await backend.publish((1...40).map { _ in backend.draft(large) }) {
                ids.append(try result.get().position.id)
            }
            for id in ids { try await backend.act(.delete(id)) }
            let pages = try await backend.pagesForward()
            for page in pages { #expect(page.reached == page.messages.last?.id) }
            let forward = pages.flatMap(\.messages)
            #expect(forward.map(\.id.seq) == Array(1...80))
            #expect(forward.prefix(40).allSatisfy { $0.state == .deleted && $0.text.isEmpty })
            #expect(try await backend.pagesBackward().reversed().flatMap(\.messages) == forward)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aPageHoldsAtMost200Messages(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            for result in try await backend.publish((1...205).map { backend.draft("\($0)") }) { _ = try result.get() }
            let page = try await backend.read(.forward(after: .zero, through: nil, limit: 1000))
            #expect(page.messages.count == LogPage.maximumMessages)
            #expect(page.more)
            let rest = try await backend.read(.forward(after: try #require(page.reached), through: nil, limit: 1000))
            #expect(rest.messages.map(\.text) == ["201", "202", "203", "204", "205"])
            #expect(!rest.more)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aRoomTrimsItsOldestMessagesToItsByteLimit(kind: TestedBackend.Kind) async throws {
        let configuration = ClusterConfiguration.rooms { $0.bytes = 100_000 }
        try await TestedBackend.with(kind, configuration: configuration) { backend in
            // Small ones first: they must not hide how large the others are.
            let texts = (0..<400).map { String(repeating: "é", count: $0 < 200 ? 1 : 3 * $0) }
            var first: [UInt64] = []
            for text in texts {
                let position = try await backend.publish(backend.draft(text)).position
                let head = try await backend.read(.head).head
                let seq = try #require(head.first?.seq)
                let kept = texts[Int(seq - 1)..<Int(position.id.seq)]
                let size = kept.reduce(0) { $0 + 128 + 5 + $1.utf8.count }
                #expect(size <= configuration.rooms.bytes)
                if let before = first.last, before < seq { #expect(size > configuration.rooms.bytes * 7 / 8) }
                first.append(seq)
            }
            #expect(first == first.sorted() && first[0] == 1 && first[399] > 340)
            // It is done now and then, and not for each message.
            #expect(Set(first).count < 150)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aTrimmedLogSaysWhereItBegins(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind, configuration: .rooms { $0.messages = 100 }) { backend in
            for result in try await backend.publish((1...450).map { backend.draft("\($0)") }) { _ = try result.get() }
            let head = try await backend.read(.head).head
            let first = try #require(head.first)
            #expect(head.position.id.seq == 450)
            // Redis trims whole nodes of its radix tree, of 100 entries.
            #expect((251...351).contains(first.seq))
            #expect(try await backend.read(.forward(after: .zero, through: nil, limit: 1)).messages[0].id == first)

            func recovers(_ seq: UInt64) -> Bool {
                head.recovers(RoomPosition(epoch: head.position.epoch, id: MessageID(ms: 0, seq: seq)))
            }
            #expect(recovers(first.seq - 1))
            #expect(!recovers(first.seq - 2))
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func roomsAreListedByTheirLastMessage(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            #expect(try await backend.index.recentRooms(limit: 10) == [])
            let rooms = try ["a", "b", "c"].map { try #require(RoomName($0)) }
            for room in rooms {
                try await backend.publish(backend.draft("text"), to: room)
                try await backend.tick()
            }
            #expect(try await eventually { try await backend.index.recentRooms(limit: 10).count == 3 })
            let listed = try await backend.index.recentRooms(limit: 10)
            #expect(listed.map(\.room) == rooms.reversed())
            let newest = try await backend.read(.head, of: rooms[2]).head.position.id.ms
            #expect(listed[0].lastActivity == Int64(newest))
            #expect(try await backend.index.recentRooms(limit: 2).map(\.room) == [rooms[2], rooms[1]])
            #expect(try await backend.index.recentRooms(limit: 0) == [])
        }
    }
}

extension TestedBackend {
    /// All of the log, page by page.
    func pagesForward(limit: Int = 200) async throws -> [LogPage] {
        var pages = [try await read(.forward(after: .zero, through: nil, limit: limit))]
        while let last = pages.last, last.more {
            pages.append(try await read(.forward(after: try #require(last.reached), through: nil, limit: limit)))
        }
        return pages
    }

    fileprivate func pagesBackward() async throws -> [LogPage] {
        var pages = [try await read(.backward(before: nil, limit: 200))]
        while let last = pages.last, last.more {
            let reached = try #require(last.reached)
            pages.append(try await read(.backward(before: reached, limit: 200)))
        }
        return pages
    }
}

extension ClusterConfiguration {
    /// With other limits of rooms.
    static func rooms(_ change: (inout RoomLimits) -> Void) -> ClusterConfiguration {
        var configuration = ClusterConfiguration()
        change(&configuration.rooms)
        return configuration
    }
}
