import ChatModel
import ChatProtocol
import Embedded
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Actors

/// Which messages count as the making of a room.
@Suite(.timeLimit(.minutes(1))) struct NewRoomTests {
    /// So many rooms are left.
    private final class Purse: RoomAllowance {
        private let rooms: Mutex<Int>

        init(_ rooms: Int) { self.rooms = Mutex(rooms) }

        var left: Int { rooms.withLock { $0 } }

        func take(for room: RoomName, on eventLoop: any EventLoop) -> RelayError? {
            rooms.withLock { rooms in
                guard rooms > 0 else { return .tooManyRooms(for: 7_000) }
                rooms -= 1
                return nil
            }
        }

        func giveBack() { rooms.withLock { $0 += 1 } }
    }

    private func errors(of socket: Socket) -> [FrameError] {
        socket.outlet.frames.compactMap { if case .error(let error) = $0 { error } else { nil } }
    }

    private func acks(of socket: Socket) -> Int { socket.outlet.frames.count(where: \.isAck) }

    private func enter(_ house: House, _ purse: Purse) async throws -> Socket {
        let socket = house.join("ann", newRooms: purse)
        try await house.until { socket.outlet.frames.contains(where: \.isJoined) }
        return socket
    }

    @Test func theFirstMessageCountsAndNoOther() async throws {
        try await House.open { house in
            let purse = Purse(3)
            let ann = try await enter(house, purse)
            // Nobody has heard the first one when the others are submitted.
            try await house.inOneTick { for text in ["1", "2", "3"] { house.say(text, by: ann) } }
            try await house.until { acks(of: ann) == 3 }
            try await house.until { purse.left == 2 }
            house.say("4", by: ann)
            try await house.until { acks(of: ann) == 4 }
            #expect(purse.left == 2)
        }
    }

    @Test func aRoomThatIsThereAlreadyCostsNothing() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            // On another node: this one does not know yet what is in the log.
            let eventLoop = house.group.next()
            try await eventLoop.submit {
                let draft = MessageDraft(user: UserID("bob"), name: "bob", text: "hi", key: "")
                house.store.publish([draft], to: house.room, on: eventLoop) { _ in }
            }.get()
            log.isAway.store(true, ordering: .relaxed)
            let purse = Purse(1)
            let ann = house.join("ann", newRooms: purse)
            house.say("hello", by: ann)
            try await house.until { acks(of: ann) == 1 }
            try await house.until { purse.left == 1 }
        }
    }

    @Test func whoHasMadeTooManyIsToldWhenToTryAgain() async throws {
        try await House.open { house in
            let ann = try await enter(house, Purse(0))
            house.say("hi", by: ann)
            try await house.until { !errors(of: ann).isEmpty }
            let error = try #require(errors(of: ann).first)
            #expect(error.code == .rateLimited && error.retryAfterMs == 7_000 && error.key == "hi")
            // Others may.
            let bob = try await house.enter("bob")
            house.say("hi", by: bob)
            try await house.until { acks(of: bob) == 1 }
            // And in a room that is there, everybody.
            house.say("at last", by: ann)
            try await house.until { acks(of: ann) == 1 }
        }
    }

    @Test func untilTheLogIsReadTheyAreAskedToResend() async throws {
        let log = FlakyLog()
        log.isAway.store(true, ordering: .relaxed)
        try await House.open(log: log) { house in
            let ann = house.join("ann", newRooms: Purse(0))
            house.say("hi", by: ann)
            try await house.until { !errors(of: ann).isEmpty }
            let error = try #require(errors(of: ann).first)
            #expect(error.code == .unavailable && (100...300).contains(error.retryAfterMs ?? 0))
        }
    }

    @Test func whileARoomIsBeingMadeNobodyElsePaysForIt() async throws {
        try await House.open { house in
            let purse = Purse(1)
            let ann = try await enter(house, purse)
            let bob = house.join("bob", newRooms: purse)
            try await house.until { bob.outlet.frames.contains(where: \.isJoined) }
            house.relay.beSlow()
            house.say("hi", by: ann)
            try await house.until { purse.left == 0 && house.relay.sizes == [1] }
            house.say("hi, too", by: bob)
            try await house.until { house.relay.sizes == [1, 1] }
            #expect(errors(of: bob).isEmpty)
            house.relay.answer(RelayError(.refused, "no"))
            try await house.until { purse.left == 1 }
        }
    }

    @Test func whatFailsIsGivenBack() async throws {
        try await House.open { house in
            let purse = Purse(1)
            let ann = try await enter(house, purse)
            house.relay.beSlow()
            house.say("hi", by: ann)
            try await house.until { purse.left == 0 && house.relay.sizes == [1] }
            house.relay.answer(RelayError(.refused, "no"))
            try await house.until { purse.left == 1 }
        }
    }
}
