import ChatModel
import ChatProtocol
import NIOCore
import Testing

@testable import Actors

/// A room of an embedded node is asked for the way of its messages.
@Suite struct JourneyTests {
    @Test func aMemberGetsTheJourneyOfAMessage() async throws {
        try await House.open { house in
            let ann = house.join("ann")
            let others = (1...40).map { house.join("user\($0)", $0.isMultiple(of: 2) ? .v1 : .plain) }
            let joined = { (socket: Socket) in socket.outlet.frames.contains(where: \.isJoined) }
            try await house.until { joined(ann) && others.enumerated().allSatisfy { $0 % 2 == 0 || joined($1) } }
            house.say("hello", by: ann)
            try await house.until {
                ann.outlet.messages.count == 1
                    && others.allSatisfy { $0.outlet.messages.count + $0.outlet.texts.count == 1 }
            }
            let id = ann.outlet.messages[0].id

            let traced = try await house.trace(id, by: ann).get()
            #expect(traced.id == id && traced.expected == 1)
            #expect(traced.origin?.node == "n1")
            #expect(traced.nodes.map(\.node) == ["n1"])
            #expect(traced.nodes[0].passage?.sockets == 41)
            #expect(traced.nodes[0].passage?.heard?.within == 0)

            // Anybody in the room may ask.
            #expect(try await house.trace(id, by: others[1]).get().nodes.first?.passage?.sockets == 41)
        }
    }

    @Test func aTrimmedMessageIsNotFound() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            for index in 0...RoomTimes.kept {
                house.say("m\(index)", by: ann)
                try await house.until { ann.outlet.messages.count == index + 1 }
            }
            let ids = ann.outlet.messages.map(\.id)
            let forgotten = await #expect(throws: FrameError.self) { try await house.trace(ids[0], by: ann).get() }
            #expect(forgotten?.code == .notFound && forgotten?.room == "den")
            _ = try await house.trace(ids[1], by: ann).get()
        }
    }

    @Test func aRoomLimitsConcurrentQuestions() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            house.say("hello", by: ann)
            try await house.until { ann.outlet.messages.count == 1 }
            let id = ann.outlet.messages[0].id
            // In one step, so that no tick comes between: what goes beyond waits for nobody's answer.
            try await ann.outlet.eventLoop.submit {
                for number in 1...40 { ann.ref.receive(.trace(id, key: "flood \(number)")) }
            }.get()
            try await house.until { ann.outlet.keys.count == 40 }
            let refused = ann.outlet.frames.filter { $0.errorCode == .rateLimited }.count
            #expect(refused > 0, "one at a time: while one is not answered the next is refused")
            _ = try await house.trace(id, by: ann).get()
        }
    }
}

extension House {
    /// Asks, and waits for the answer.
    fileprivate func trace(_ id: MessageID, by socket: Socket) async throws -> Result<ServerFrame.Traced, FrameError> {
        let key = "trace \(id) \(socket.outlet.keys.count)"
        command(.trace(id, key: key), by: socket)
        try await until { socket.outlet.keys.contains(key) }
        for case .traced(let traced) in socket.outlet.frames where traced.key == key { return .success(traced) }
        for case .error(let error) in socket.outlet.frames where error.key == key { return .failure(error) }
        preconditionFailure("the key \(key) stands in neither kind of frame")
    }
}

extension RecordingOutlet {
    /// Of all journeys that were told or refused.
    fileprivate var keys: Set<String> {
        Set(
            frames.compactMap { frame in
                switch frame {
                case .traced(let traced): traced.key
                case .error(let error): error.key
                default: nil
                }
            })
    }
}
