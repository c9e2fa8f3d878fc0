import Actors
import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing
import WebEdge

/// What one of a user's sockets says for the others, over real connections.
@Suite struct DeviceRequestTests {
    private static func read(_ number: UInt64, in room: RoomName = .lobby) -> ReadPosition {
        ReadPosition(
            room: room,
            position: RoomPosition(epoch: Epoch(random: 1, tag: 1), id: MessageID(ms: number, seq: number)))
    }

    private static func nextRead(_ client: SocketClient) async throws -> ReadPosition {
        try await client.next("read") { if case .read(let read) = $0 { read } else { nil } }
    }

    @Test func whatIsReadOnOneSocketIsToldToTheOthersOfTheUserOnly() async throws {
        try await SocketServer.run(configure: { $0.readPause = .milliseconds(20) }) { server in
            let desk = try await server.connect()
            let token = try await desk.hello(name: "Ann").token
            let phone = try await server.guest(token: token, name: "Ann")
            let bob = try await server.guest(name: "Bob")
            for client in [desk, phone, bob] { _ = try await client.join(.lobby) }
            for number in 1...9 as ClosedRange<UInt64> {
                try await phone.send(.devices(.read(Self.read(number))))
            }
            // Some are told at once, the others after the pause, perhaps several as one; the last one always.
            var last: UInt64 = 0
            while last < 9 {
                let read = try await Self.nextRead(desk)
                #expect(read.room == .lobby && read.position.id.ms > last)
                last = read.position.id.ms
            }
            try await phone.send(.devices(.read(Self.read(5))))
            try await bob.send(.ping(at: "1"))
            _ = try await bob.next("pong") { frame in
                if case .read = frame { Issue.record("another user's") }
                return frame == .pong(at: "1") ? true : nil
            }
            // Who has said so knows.
            try await phone.send(.ping(at: "1"))
            _ = try await phone.next("pong") { frame in
                if case .read = frame { Issue.record("its own") }
                return frame == .pong(at: "1") ? true : nil
            }
            // A device that was away asks.
            let tablet = try await server.guest(token: token, name: "Ann")
            try await tablet.send(.devices(.reads))
            #expect(try await Self.nextRead(tablet) == Self.read(9))
        }
    }

    @Test func whatWaitsIsStoredWhenTheSocketEnds() async throws {
        try await SocketServer.run(configure: { $0.readPause = .hours(1) }) { server in
            let phone = try await server.connect()
            let token = try await phone.hello().token
            _ = try await phone.join(.lobby)
            let desk = try await server.guest(token: token)
            try await phone.send(.devices(.read(Self.read(1))))
            #expect(try await Self.nextRead(desk) == Self.read(1))
            for number in 2...3 as ClosedRange<UInt64> {
                try await phone.send(.devices(.read(Self.read(number))))
            }
            try await phone.send(.ping(at: "1"))
            _ = try await phone.next("pong") { $0 == .pong(at: "1") ? true : nil }
            try await phone.drop()
            #expect(try await Self.nextRead(desk) == Self.read(3))
            #expect(
                server.metric("webchat_read_positions_total{result=\"stored\"}")
                    == ["webchat_read_positions_total{result=\"stored\"} 2"])
        }
    }

    @Test func aNodeThatStoresTooManyPutsThemOff() async throws {
        try await SocketServer.run(configure: {
            $0.readPause = .milliseconds(10)
            $0.readRate = .init(perSecond: 2, burst: 1)
        }) { server in
            let desk = try await server.connect()
            let token = try await desk.hello().token
            for number in 1...4 as ClosedRange<UInt64> {
                let phone = try await server.guest(token: token)
                _ = try await phone.join(.lobby)
                try await phone.send(.devices(.read(Self.read(number))))
            }
            while try await Self.nextRead(desk) != Self.read(4) {}
            let delayed = server.metric("webchat_read_positions_total{result=\"delayed\"}")
            #expect(delayed != ["webchat_read_positions_total{result=\"delayed\"} 0"])
        }
    }

    @Test(arguments: [
        #"{"type":"read","room":"attic","epoch":"0000000000000001.00000001","id":"1-1"}"#,
        #"{"type":"read","room":"lobby","epoch":"0","id":"1-1"}"#,
        #"{"type":"read","room":"lobby","epoch":"0000000000000001.00000001","id":"x"}"#,
        #"{"type":"read","room":"lobby","id":"1-1"}"#, #"{"type":"link"}"#,
    ])
    func whatMakesNoSenseIsRefused(text: String) async throws {
        try await SocketServer.run { server in
            let client = try await server.guest()
            _ = try await client.join(.lobby)
            try await client.send(text: text)
            #expect([.notJoined, .badRequest].contains(try await client.nextError().code))
        }
    }

    // MARK: Links

    private static func link(_ client: SocketClient) async throws -> ServerFrame.Link {
        try await client.next("link") { if case .link(let link) = $0 { link } else { nil } }
    }

    @Test func aGuestGoesOnElsewhereByALinkThatIsUsedOnce() async throws {
        try await SocketServer.run { server in
            let desk = try await server.connect()
            let ann = try await desk.hello(name: "Ann").user
            try await desk.send(.devices(.link(key: "k")))
            let link = try await Self.link(desk)
            let token = try #require(link.token)
            #expect(link.key == "k" && link.user == nil && link.expiresIn == 60)

            let phone = try await server.guest(name: "Bob")
            for _ in 1...2 {
                try await phone.send(.devices(.look(token: token, key: "l")))
                let seen = try await Self.link(phone)
                #expect(seen.user == ann && seen.token == nil && (1...60).contains(seen.expiresIn))
            }
            try await phone.send(.devices(.take(token: token, key: "t")))
            let taken = try await phone.next("linked") { if case .linked(let linked) = $0 { linked } else { nil } }
            #expect(taken.user == ann && taken.key == "t")
            _ = try await desk.next("linked") { $0 == .linked(nil) ? true : nil }

            let again = try await server.connect()
            #expect(try await again.hello(token: taken.token, name: "Ann").user == ann)
            for client in [phone, again, desk] {
                try await client.send(.devices(.take(token: token, key: "u")))
                let refusal = try await client.nextError()
                #expect(refusal.code == .notFound && refusal.key == "u")
            }
            let eve = try await server.guest()
            try await eve.send(.devices(.look(token: "forged", key: "v")))
            #expect(try await eve.nextError().code == .notFound)
        }
    }
}
