import ChatModel
import ChatProtocol
import Embedded
import NIOCore
import NIOPosix
import Supervision
import Testing

@testable import Actors

@Suite struct RoomPublisherTests {
    private func say(_ count: Int, by sockets: [Socket]) {
        for socket in sockets {
            socket.outlet.eventLoop.execute {
                for number in 0..<count {
                    socket.ref.receive(.chat(text: "\(socket.user.name) \(number)", key: "\(number)", plain: nil))
                }
                socket.ref.submit()
            }
        }
    }

    private func keys(_ socket: Socket) -> [String] {
        socket.outlet.frames.compactMap { if case .ack(_, let key, _) = $0 { key } else { nil } }
    }

    @Test func whatMembersSubmitInOneTickIsPublishedAtOnce() async throws {
        try await House.open { house in
            let sockets = try await house.enter(["ann", "bob", "cy"])
            try await house.inOneTick { say(40, by: sockets) }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 120 } }
            // One call more where a member's loop is the room's: its drafts may come after the others were published.
            let sizes = house.relay.sizes
            #expect(sizes.reduce(0, +) == 120 && sizes.max() == RoomPublisher.draftsPerCall && sizes.count <= 3)
            try await house.until { sockets.allSatisfy { keys($0).count == 40 } }
            for socket in sockets {
                #expect(keys(socket) == (0..<40).map(String.init))
                let own = socket.outlet.messages.filter { $0.user == socket.user.id }.map(\.text)
                #expect(own == (0..<40).map { "\(socket.user.name) \($0)" })
            }
        }
    }

    @Test func aRoomThatFailsInTheSameTickStillPublishesAndAnswers() async throws {
        try await House.open { house in
            let sockets = try await house.enter(["ann", "bob"])
            let before = await house.directory.actor(of: house.room)
            try await house.inOneTick {
                say(3, by: sockets)
                before?.eventLoop.execute { before?.enterOnLoop { $0.sabotage() } }
                say(3, by: [sockets[0]])
            }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 6 } }
            // Ann's second three are the same drafts again: the log has them.
            try await house.until { keys(sockets[0]).count == 6 && keys(sockets[1]).count == 3 }
            #expect(await house.directory.actor(of: house.room) !== before)
        }
    }

    @Test func eachSenderIsAnsweredForItsOwnDrafts() async throws {
        try await House.open { house in
            let (ann, bob) = try await house.enter("ann", "bob")
            house.say("here", by: ann)
            try await house.until { bob.outlet.messages.count == 1 }
            let id = bob.outlet.messages[0].id
            try await house.inOneTick {
                for (socket, text) in [(bob, "not mine"), (ann, "mine")] {
                    house.command(.act(.edit(id), text: text, key: text), by: socket)
                }
            }
            try await house.until { keys(ann).contains("mine") }
            try await house.until { bob.outlet.frames.contains { $0.errorCode == .forbidden } }
        }
    }

    /// Says twenty messages while the relay does not answer: four calls have one each, the others wait.
    private func saySlowly(by ann: Socket, in house: House) async throws {
        house.relay.beSlow()
        for number in 0..<20 {
            house.say("\(number)", by: ann)
            let calls = min(number + 1, RoomPublisher.callsAtOnce)
            try await house.until { house.relay.sizes.count == calls }
        }
        #expect(house.relay.sizes == [1, 1, 1, 1])
        // The rest has left Ann's loop and reached the room's.
        for _ in 0..<2 {
            for eventLoop in house.group.makeIterator() { try await eventLoop.submit {}.get() }
        }
    }

    @Test func theSlowerTheAnswersTheLargerTheCalls() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            try await saySlowly(by: ann, in: house)
            house.relay.answer()
            try await house.until { keys(ann).count == 20 }
            #expect(keys(ann) == (0..<20).map(String.init))
            #expect(house.relay.sizes == [1, 1, 1, 1, 16])
        }
    }

    /// Otherwise it would wait as long again, and overtake what failed.
    @Test func whatWaitsFailsWithTheCallsBeforeIt() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            try await saySlowly(by: ann, in: house)
            house.relay.answer(RelayError(.unavailable, "away"))
            try await house.until { ann.outlet.frames.count { $0.errorCode == .unavailable } == 20 }
            #expect(keys(ann).isEmpty && house.relay.sizes.count == RoomPublisher.callsAtOnce)
            house.say("again", by: ann)
            try await house.until { keys(ann) == ["again"] }
        }
    }

    @Test func whatIsTooMuchIsRefusedAndTheRestPublishedInOrder() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            house.relay.beSlow()
            let most = RoomPublisher.mostWaiting
            for number in 0..<most + 500 { house.say("\(number)", by: ann) }
            try await house.until { ann.outlet.frames.contains { $0.errorCode == .unavailable } }
            house.relay.answer()
            try await house.until { keys(ann).count + ann.outlet.frames.count { $0.errorCode != nil } == most + 500 }
            let taken = keys(ann)
            try await house.until { ann.outlet.messages.count == taken.count }
            // Once a call has left, or was answered, there is room for some after those that were refused.
            let numbers = taken.compactMap { Int($0) }
            #expect(numbers == Set(numbers).sorted() && ann.outlet.messages.map(\.key) == taken)
            #expect(taken.count >= most)
        }
    }

    @Test func aSuccessorKeepsTheOrderOfWhatWaits() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            house.relay.beSlow()
            for number in 0..<10 {
                house.say("\(number)", by: ann)
                let calls = min(number + 1, RoomPublisher.callsAtOnce)
                try await house.until { house.relay.sizes.count == calls }
            }
            try await house.replaceRoom()
            for number in 10..<20 { house.say("\(number)", by: ann) }
            house.relay.answer()
            try await house.until { ann.outlet.messages.count == 20 }
            #expect(ann.outlet.messages.map(\.text) == (0..<20).map(String.init))
            try await house.until { keys(ann).count == 20 }
        }
    }
}
