import ChatModel
import Cluster
import NIOCore
import TestSupport
import Testing

/// Who has devices for push messages, in Redis, in a Redis Cluster and in memory: `docs/protocol.md`, section 16.
@Suite struct PushStoreConformanceTests {
    private let ann = User(id: UserID("ann"), name: "Ann")

    private func device(_ number: Int, _ levels: [RoomName: PushDevice.Level] = [:]) -> PushDevice {
        PushDevice(
            endpoint: "https://push.example/\(number)", publicKey: "p\(number)", secret: "s", serverKey: "k",
            levels: levels)
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func aUserHasTheDevicesThatWereNotedLast(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            #expect(try await backend.pushes.subscriber(ann.id) == nil)
            for number in 0..<PushDevice.most + 3 { try await backend.keep(device(number), of: ann) }
            // Named again: the last one now.
            let again = device(3, [.lobby: .mentions])
            try await backend.keep(again, of: User(id: ann.id, name: "Anna"))
            try await backend.keep(device(20), of: ann)
            let subscriber = try #require(try await backend.pushes.subscriber(ann.id))
            #expect(subscriber.name == "Ann")
            #expect(subscriber.devices.count == PushDevice.most)
            #expect(subscriber.devices.contains(again) && subscriber.devices.contains(device(20)))
            #expect(!subscriber.devices.contains(device(4)))
            for device in subscriber.devices { try await backend.endPush(device.endpoint, of: ann.id) }
            #expect(try await backend.pushes.subscriber(ann.id) == nil)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func theNodeThatSendsHearsOfChangesAndGoesOnWhereTheLastOneEnded(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let first = try #require(try await backend.pushes.takeTurn(upTo: nil, changedSince: 0))
            #expect(first.changed == [] && first.seen <= first.now)
            try await backend.tick()
            try await backend.keep(device(1), of: ann)
            let second = try #require(
                try await backend.pushes.takeTurn(upTo: first.now - 5, changedSince: first.now))
            #expect(second.changed == [ann.id] && second.seen == first.now - 5)
            try await backend.tick()
            try await backend.tick()
            let third = try #require(try await backend.pushes.takeTurn(upTo: nil, changedSince: second.now + 1))
            #expect(third.changed == [] && third.seen == first.now - 5)
            try await backend.endPush(device(1).endpoint, of: ann.id)
            let last = try #require(try await backend.pushes.takeTurn(upTo: nil, changedSince: third.now))
            #expect(last.changed == [ann.id])
            // Never so far back that a node would read for hours.
            let old = try await backend.pushes.takeTurn(upTo: 5, changedSince: last.now)
            #expect((old?.seen ?? 0) >= last.now - PushStoreLimits.oldest)
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func roomsWithNewMessagesAreFound(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let before = try #require(try await backend.pushes.takeTurn(upTo: nil, changedSince: 0)).now
            let den = try #require(RoomName("_direct-abcdefghijklmnopqrstuvwxyz"))
            try await backend.publish(backend.draft("hello"))
            try await backend.publish(
                MessageDraft(
                    user: ann.id, name: "Ann", text: "Ann", key: "", act: .room(.role(.member, of: ann.id, .never)),
                    authority: .maker), to: den)
            try await eventually("both are found") {
                await (try? backend.pushes.activeRooms(since: before)).map { Set($0) } == [.lobby, den]
            }
        }
    }

    @Test func onlyOneNodeSends() async throws {
        try await withRedisServer { server in
            try await RedisNode.with(server, name: "n1") { one in
                try await RedisNode.with(server, name: "n2") { other in
                    #expect(try await one.pushes.takeTurn(upTo: nil, changedSince: 0) != nil)
                    #expect(try await other.pushes.takeTurn(upTo: nil, changedSince: 0) == nil)
                    #expect(try await one.pushes.takeTurn(upTo: 7, changedSince: 0) != nil)
                    try server.cli("DEL", "webchat:{_push}:turn")
                    #expect(try await other.pushes.takeTurn(upTo: nil, changedSince: 0) != nil)
                    #expect(try await one.pushes.takeTurn(upTo: nil, changedSince: 0) == nil)
                }
            }
        }
    }
}

extension TestedBackend {
    func keep(_ device: PushDevice, of user: User) async throws {
        let (pushes, eventLoop) = (pushes, eventLoop)
        let answer = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            pushes.keep(device, of: user, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        try await answer.futureResult.get()
    }

    func endPush(_ endpoint: String, of user: UserID) async throws {
        let (pushes, eventLoop) = (pushes, eventLoop)
        let answer = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            pushes.remove(endpoint: endpoint, of: user, on: eventLoop) { answer.completeWith($0.mapError { $0 }) }
        }
        try await answer.futureResult.get()
    }
}
