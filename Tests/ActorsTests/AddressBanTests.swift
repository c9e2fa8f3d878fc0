import ChatModel
import ChatProtocol
import Embedded
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Actors

/// What a room does about guests who come from where another guest was banned.
@Suite(.timeLimit(.minutes(1))) struct AddressBanTests {
    private static let (home, office) = (AddressDigest("home"), AddressDigest("office"))

    private func enter(_ name: String, from address: AddressDigest?, _ house: House) async throws -> Socket {
        let socket = house.join(name, from: address)
        try await house.until { socket.outlet.frames.contains(where: \.isJoined) }
        return socket
    }

    private func refusal(of name: String, from address: AddressDigest?, _ house: House) async throws -> FrameError? {
        let socket = house.join(name, from: address)
        try await house.until {
            socket.outlet.frames.contains(where: \.isJoined) || !socket.outlet.turnedAwayFrom.isEmpty
        }
        return errors(of: socket).first
    }

    private func errors(of socket: Socket) -> [FrameError] {
        socket.outlet.frames.compactMap { if case .error(let error) = $0 { error } else { nil } }
    }

    private func reasons(of socket: Socket) -> [String] {
        socket.outlet.frames.compactMap { if case .left(_, let reason, _) = $0 { reason } else { nil } }
    }

    private func give(_ role: RoomRole, to user: String, _ house: House, by socket: Socket) {
        let act = MessageAct.room(.role(role, of: UserID(user), .never))
        house.command(.act(act, text: user, key: "\(role) \(user)", isOperator: true), by: socket)
    }

    /// Whether the log lets nobody in from there.
    private func isBanned(_ address: AddressDigest, _ house: House) async throws -> Bool {
        let eventLoop = house.group.next()
        let answer = eventLoop.makePromise(of: Bool.self)
        eventLoop.execute {
            let reader = LogReader.member(UserID("new"), from: address)
            house.store.read(.head, of: house.room, for: reader, on: eventLoop) { result in
                if case .success = result { answer.succeed(false) } else { answer.succeed(true) }
            }
        }
        return try await answer.futureResult.get()
    }

    @Test func aBanRemovesTheOthersWhoAreThereFromTheSameAddressWithoutARole() async throws {
        try await House.open { house in
            let op = try await enter("op", from: nil, house)
            let member = try await enter("member", from: Self.home, house)
            give(.member, to: "member", house, by: op)
            let eve = try await enter("eve", from: Self.home, house)
            let other = try await enter("other", from: Self.home, house)
            let far = try await enter("far", from: Self.office, house)
            give(.banned, to: "eve", house, by: op)
            try await house.until { reasons(of: eve) == ["banned"] && reasons(of: other) == ["banned"] }
            #expect(reasons(of: member).isEmpty && reasons(of: far).isEmpty && reasons(of: op).isEmpty)
            let refused = try await refusal(of: "new", from: Self.home, house)
            #expect(refused?.code == .forbidden && refused?.key == nil)
            #expect(refused?.message == RelayError.banned.message)
            #expect(try await refusal(of: "new", from: Self.office, house) == nil)
            #expect(try await refusal(of: "member", from: Self.home, house) == nil)
            #expect(try await refusal(of: "local", from: nil, house) == nil)

            give(.none, to: "eve", house, by: op)
            try await house.until { try await !isBanned(Self.home, house) }
            #expect(try await refusal(of: "new", from: Self.home, house) == nil)
            #expect(try await refusal(of: "eve", from: Self.home, house) == nil)
        }
    }

    @Test func whoIsBannedAndComesBackFromElsewhereIsBannedThereToo() async throws {
        try await House.open { house in
            let op = try await enter("op", from: nil, house)
            let friend = try await enter("friend", from: Self.office, house)
            give(.banned, to: "eve", house, by: op)
            try await house.until { op.outlet.frames.contains(where: \.isAck) }
            #expect(try await !isBanned(Self.office, house))
            #expect(try await refusal(of: "eve", from: Self.office, house)?.code == .forbidden)
            try await house.until { reasons(of: friend) == ["banned"] }
            #expect(try await isBanned(Self.office, house))
        }
    }

    @Test func theAddressOfAnAccountIsNotBanned() async throws {
        try await House.open { house in
            let op = try await enter("op", from: nil, house)
            let account = try await enter("id-account", from: nil, house)
            let guest = try await enter("guest", from: Self.home, house)
            give(.banned, to: "id-account", house, by: op)
            try await house.until { reasons(of: account) == ["banned"] }
            #expect(try await refusal(of: "new", from: Self.home, house) == nil)
            #expect(reasons(of: guest).isEmpty)
        }
    }

    @Test func nothingIsPublishedForAGuestWhoWasNotLetIn() async throws {
        try await House.open { house in
            let op = try await enter("op", from: nil, house)
            _ = try await enter("eve", from: Self.home, house)
            give(.banned, to: "eve", house, by: op)
            try await house.until { try await isBanned(Self.home, house) }
            let late = house.join("late", from: Self.home)
            house.say("hello", by: late)
            try await house.until { errors(of: late).contains { $0.key == "hello" } }
            #expect(errors(of: late).first { $0.key == "hello" }?.code == .forbidden)
            try await house.until { errors(of: late).contains { $0.key == nil } }
            let fine = house.join("fine", from: Self.office)
            house.say("good morning", by: fine)
            try await house.until { fine.outlet.frames.contains(where: \.isAck) }
        }
    }

    @Test func ifTheLogDoesNotAnswerItIsAskedAgain() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            let op = try await enter("op", from: nil, house)
            _ = try await enter("eve", from: Self.home, house)
            give(.banned, to: "eve", house, by: op)
            try await house.until { try await isBanned(Self.home, house) }
            log.isAway.store(true, ordering: .relaxed)
            let before = log.refused.load(ordering: .relaxed)
            let (late, fine) = (house.join("late", from: Self.home), house.join("fine", from: Self.office))
            try await house.until { log.refused.load(ordering: .relaxed) >= before + 2 }
            #expect(errors(of: late).isEmpty && !fine.outlet.frames.contains(where: \.isJoined))
            log.isAway.store(false, ordering: .relaxed)
            try await house.until { errors(of: late).first?.code == .forbidden }
            try await house.until { fine.outlet.frames.contains(where: \.isJoined) }
        }
    }

    @Test func aCrowdThatWaitsWhileTheRoomFailsIsJudgedOneByOne() async throws {
        try await House.open { house in
            let op = try await enter("op", from: nil, house)
            _ = try await enter("eve", from: Self.home, house)
            give(.banned, to: "eve", house, by: op)
            try await house.until { try await isBanned(Self.home, house) }
            var crowd: [(Socket, Bool)] = []
            for number in 0..<400 {
                let isHome = number % 3 == 0
                crowd.append((house.join("g\(number)", from: isHome ? Self.home : Self.office), isHome))
            }
            try await house.replaceRoom()
            for (socket, isHome) in crowd {
                try await house.until {
                    isHome ? !errors(of: socket).isEmpty : socket.outlet.frames.contains(where: \.isJoined)
                }
                #expect(socket.outlet.frames.count(where: \.isJoined) <= 2)
            }
        }
    }
}
