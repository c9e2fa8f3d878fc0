import ChatModel
import ChatProtocol
import TestSupport
import Testing

@testable import WebEdge

/// `ROOMS_PER_ADDRESS`: how many rooms the guests of an address make.
@Suite(.timeLimit(.minutes(1))) struct NewRoomLimitTests {
    private static let limited = "webchat_rate_limited_total{limit=\"rooms\"}"

    /// The ways to make a room.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case open, hidden, direct, message
        var testDescription: String { rawValue }

        /// - `number`: another one makes another room.
        func make(_ number: Int, by client: SocketClient) async throws -> FrameError? {
            let key = "\(rawValue) \(number)"
            let room = try #require(RoomName("\(rawValue)-\(number)"))
            switch self {
            case .open: try await client.send(.rooms(.create(.open(room), title: "", key: key)))
            case .hidden: try await client.send(.rooms(.create(.private, title: "", key: key)))
            case .direct:
                let other = User(id: UserID("friend\(number)"), name: "Friend")
                try await client.send(.rooms(.create(.direct(other), title: "", key: key)))
            case .message:
                _ = try await client.join(room)
                try await client.send(.chat(room: room, text: "hi", key: key))
            }
            return try await client.next("an answer") { frame -> FrameError?? in
                switch frame {
                case .created(key, _), .ack(_, key, _): .some(nil)
                case .error(let error) where error.key == key: .some(error)
                default: nil
                }
            }
        }
    }

    private static func run(_ rooms: Int, _ body: (SocketServer) async throws -> Void) async throws {
        try await SocketServer.run(
            access: Access(mode: .both, tokens: Issuer(), signIn: nil),
            configure: { ($0.messageRate, $0.messageBurst, $0.roomsPerAddress) = (1_000, 1_000, rooms) }, body)
    }

    @Test(arguments: Way.allCases)
    func eachWayToMakeARoomCountsForAllGuestsOfAnAddress(way: Way) async throws {
        try await Self.run(3) { server in
            for number in 1...3 {
                let guest = try await server.guest()
                #expect(try await way.make(number, by: guest) == nil)
            }
            for other in Way.allCases {
                let error = try #require(try await other.make(9, by: server.guest()))
                #expect(error.code == .rateLimited && error.message.contains("your address"))
                // Three an hour.
                #expect((1_100_000...1_200_000).contains(error.retryAfterMs ?? 0), "\(error)")
            }
            #expect(server.metric(Self.limited).first?.hasSuffix(" 4") == true)
        }
    }

    @Test func roomsThatAreThereCostNothing() async throws {
        try await Self.run(2) { server in
            let guest = try await server.guest()
            #expect(try await Way.direct.make(1, by: guest) == nil)
            // Again, with other keys.
            for number in 1...3 {
                let friend = User(id: UserID("friend1"), name: "Friend")
                try await guest.send(.rooms(.create(.direct(friend), title: "", key: "again \(number)")))
                _ = try await guest.next("the room") { if case .created = $0 { () } else { nil } }
            }
            #expect(try await Way.message.make(1, by: guest) == nil)
            let (lobby, room) = (RoomName.lobby, try #require(RoomName("message-1")))
            _ = try await guest.join(lobby)
            for (number, room) in [lobby, room, lobby, room].enumerated() {
                try await guest.send(.chat(room: room, text: "hi", key: "\(number)"))
                _ = try await guest.next("ack") { if case .ack = $0 { () } else { nil } }
            }
            #expect(try await Way.message.make(2, by: guest)?.code == .rateLimited)
        }
    }

    @Test func usersWhoHaveSignedInMakeAnyNumber() async throws {
        try await Self.run(1) { server in
            let user = try await server.connect()
            _ = try await user.hello(token: "ann.Ann.60")
            for way in Way.allCases {
                for number in 1...3 { #expect(try await way.make(number, by: user) == nil) }
            }
            #expect(try await Way.open.make(7, by: server.guest()) == nil)
            #expect(server.metric(Self.limited).first?.hasSuffix(" 0") == true)
        }
    }

    /// `MAX_ROOMS`: of the open ones, and of the private ones.
    @Test func guestsMakeNoRoomsAboveTheMaximumOfAll() async throws {
        try await SocketServer.run(
            access: Access(mode: .both, tokens: Issuer(), signIn: nil), mostRooms: 2,
            configure: { ($0.messageRate, $0.messageBurst, $0.roomsPerAddress) = (1_000, 1_000, 5) }
        ) { server in
            for way in [Way.open, .message, .hidden, .direct] {
                #expect(try await way.make(1, by: server.guest()) == nil)
            }
            for way in Way.allCases {
                let error = try #require(try await way.make(2, by: server.guest()))
                #expect(error.code == .unavailable && error.message == RelayError.roomsFull.message)
                #expect((500...1_500).contains(error.retryAfterMs ?? 0), "\(error)")
            }
            #expect(server.metric("webchat_rate_limited_total{limit=\"max_rooms\"}").first?.hasSuffix(" 4") == true)
            // In a room that is there guests still write. What was refused has not counted for their address.
            let guest = try await server.guest()
            let room = try #require(RoomName("message-1"))
            _ = try await guest.join(room)
            try await guest.send(.chat(room: room, text: "hi", key: "k"))
            _ = try await guest.next("ack") { if case .ack = $0 { () } else { nil } }
            let user = try await server.connect()
            _ = try await user.hello(token: "ann.Ann.60")
            for way in Way.allCases { #expect(try await way.make(3, by: user) == nil) }
            #expect(server.metric(Self.limited).first?.hasSuffix(" 0") == true)
        }
    }

    @Test func withoutALimitGuestsDoToo() async throws {
        try await Self.run(0) { server in
            let guest = try await server.guest()
            for way in Way.allCases {
                for number in 1...7 { #expect(try await way.make(number, by: guest) == nil) }
            }
        }
    }
}
