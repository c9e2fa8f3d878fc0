import ChatModel
import ChatProtocol
import Embedded
import NIOCore
import Supervision
import Testing

@testable import Actors

@Suite struct DraftBatchTests {
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
            let sizes = house.batches.sizes
            #expect(sizes.reduce(0, +) == 120 && sizes.max() == DraftBatch.limit && sizes.count <= 3)
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
}
