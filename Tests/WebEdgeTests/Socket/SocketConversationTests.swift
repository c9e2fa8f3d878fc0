import Actors
import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing
import WebEdge

/// What is said on a socket, over real connections and with the real rooms.
@Suite struct SocketConversationTests {
    @Test func helloIsAnsweredWithUserTokenAndLimits() async throws {
        try await SocketServer.run { server in
            let client = try await server.connect()
            let welcome = try await client.hello()
            #expect(welcome.user.name == "guest-\(welcome.user.id.description.prefix(4))")
            #expect(welcome.node == "node")
            #expect(welcome.heartbeat == 25)
            #expect(
                welcome.limits
                    == .init(
                        textChars: 4_000, frameBytes: 65_536, rooms: 32, burst: 20, perSecond: 5, dedupeSeconds: 600))

            let again = try await server.connect()
            let second = try await again.hello(token: welcome.token, name: " Ada ")
            #expect(second.user == User(id: welcome.user.id, name: "Ada"))
            try await eventually("one user with two sockets") {
                server.metric("webchat_connected_users") == ["webchat_connected_users 1"]
            }
        }
    }

    @Test func aBadTokenIsRejected() async throws {
        try await SocketServer.run { server in
            let client = try await server.connect()
            try await client.send(.hello(token: "forged", name: nil))
            #expect(try await client.closeCode() == 4401)
        }
    }

    @Test func aNodeThatLostItsSecretCreatesANewGuest() async throws {
        try await SocketServer.run(tokens: TestTokens(replacesUnknown: true)) { server in
            let client = try await server.connect()
            #expect(try await client.hello(token: "forged").user.id.description.count == 26)
        }
    }

    @Test func helloIsSentFirstAndOnce() async throws {
        try await SocketServer.run { server in
            let hasty = try await server.connect()
            try await hasty.send(.join(room: .lobby, since: nil))
            #expect(try await hasty.closeCode() == 4408)

            let wordy = try await server.guest()
            try await wordy.send(.hello(token: nil, name: nil))
            #expect(try await wordy.nextError().code == .badRequest)
        }
    }

    @Test func silenceInsteadOfHelloIsClosed() async throws {
        try await SocketServer.run(configure: { $0.helloTimeout = .milliseconds(50) }) { server in
            let silent = try await server.connect()
            #expect(try await silent.closeCode() == 4408)
        }
    }

    @Test func aMessageIsAcknowledgedAndReachesEverybody() async throws {
        try await SocketServer.run { server in
            let ada = try await server.connect()
            let bob = try await server.connect()
            let user = try await ada.hello(name: "Ada").user
            _ = try await bob.hello(name: "Bob")
            _ = try await ada.join(.lobby)
            _ = try await bob.join(.lobby)

            try await ada.send(.chat(room: .lobby, text: "Hello", key: "k1"))
            let id = try await ada.next("ack") { if case .ack(_, "k1", let id) = $0 { id } else { nil } }
            let message = try await bob.next("chat") {
                if case .chat(_, _, let message) = $0 { message } else { nil }
            }
            #expect(message.id == id)
            #expect(message.user == user.id)
            #expect(message.name == "Ada")
            #expect(message.text == "Hello")
        }
    }

    @Test func joinsAndLeavesHaveTheirRulesAndLimits() async throws {
        try await SocketServer.run(configure: { $0.rooms = 1 }) { server in
            let client = try await server.connect()
            let other = try #require(RoomName("other"))
            _ = try await client.hello()
            try await client.send(.chat(room: .lobby, text: "Hello", key: "k"))
            #expect(
                try await client.nextError()
                    == FrameError(.notJoined, "join the room first", room: "lobby", key: "k"))
            _ = try await client.join(.lobby)
            try await client.send(.join(room: .lobby, since: nil))
            #expect(try await client.nextError().code == .badRequest)
            try await client.send(.join(room: other, since: nil))
            #expect(try await client.nextError().code == .tooManyRooms)
            try await client.send(.leave(room: .lobby))
            let left = try await client.next("left") { if case .left(let room, _, _) = $0 { room } else { nil } }
            #expect(left == .lobby)
            #expect(try await client.join(other).room == other)
        }
    }

    @Test func aRenameIsConfirmedWithOrWithoutRooms() async throws {
        try await SocketServer.run { server in
            let client = try await server.guest()
            for name in ["Ada", "Eve"] {
                try await client.send(.rename(name: name))
                let user = try await client.next("renamed") { if case .renamed(let user) = $0 { user } else { nil } }
                #expect(user.name == name)
                if name == "Ada" { _ = try await client.join(.lobby) }
            }
        }
    }

    @Test func aUserHasOneNameOnAllSocketsAndInRoomsJoinedLater() async throws {
        try await SocketServer.run { server in
            let tab = try await server.connect()
            let token = try await tab.hello(name: "Ann").token
            let other = try await server.guest(token: token, name: "Ann")
            _ = try await tab.join(.lobby)
            _ = try await other.join(.lobby)
            try await tab.send(.rename(name: "Anna"))
            _ = try await other.next("renamed") { if case .renamed(let user) = $0 { user } else { nil } }
            let later = try #require(RoomName("later"))
            _ = try await other.join(later)
            for room in [RoomName.lobby, later] {
                try await other.send(.chat(room: room, text: "Hello", key: "k"))
                let message = try await other.next("chat") {
                    if case .chat(room, _, let message) = $0 { message } else { nil }
                }
                #expect(message.name == "Anna", "in \(room)")
            }
        }
    }

    @Test func aRenameIsAnnouncedInRoomsOfTheUsersOtherSockets() async throws {
        try await SocketServer.run { server in
            let tab = try await server.connect()
            let token = try await tab.hello(name: "Ann").token
            let other = try await server.guest(token: token, name: "Ann")
            let bystander = try await server.guest(name: "Bob")
            let elsewhere = try #require(RoomName("elsewhere"))
            _ = try await tab.join(.lobby)
            _ = try await other.join(.lobby)
            _ = try await other.join(elsewhere)
            _ = try await bystander.join(elsewhere)
            try await tab.send(.rename(name: "Anna"))
            let user = try await bystander.next("renamed") { if case .renamed(let user) = $0 { user } else { nil } }
            #expect(user.name == "Anna")
        }
    }

    /// Or one rename could be told in thousands of rooms.
    @Test func aRenameForOtherSocketsIsChargedToTheUser() async throws {
        try await SocketServer.run(configure: { ($0.messageRate, $0.messageBurst) = (1, 12) }) { server in
            let tab = try await server.connect()
            let token = try await tab.hello(name: "Ann").token
            let other = try await server.guest(token: token, name: "Ann")
            _ = try await tab.join(.lobby)
            for room in [RoomName.lobby] + (1...7).compactMap({ RoomName("room\($0)") }) {
                _ = try await other.join(room)
            }
            // Three are left of the burst.
            let bystander = try await server.guest(name: "Bob")
            _ = try await bystander.join(try #require(RoomName("room1")))
            try await tab.send(.rename(name: "Anna"))
            _ = try await other.next("renamed") { if case .renamed(let user) = $0 { user } else { nil } }
            try await other.send(.chat(room: try #require(RoomName("room1")), text: "hi", key: "k"))
            let said = try await bystander.next("what comes first") { frame -> String? in
                switch frame {
                case .renamed: "renamed"
                case .chat(_, _, let message): message.name
                default: nil
                }
            }
            #expect(said == "Anna", "signed with it, and told in no list")
        }
    }

    @Test func aRenameCostsOneActionPerRoom() async throws {
        try await SocketServer.run(configure: { ($0.messageRate, $0.messageBurst) = (1, 12) }) { server in
            let client = try await server.guest()
            for number in 1...5 { _ = try await client.join(try #require(RoomName("room\(number)"))) }
            // Seven are left of the burst.
            for name in ["Ada", "Eve", "Ann", "Bob"] { try await client.send(.rename(name: name)) }
            #expect(try await client.nextError().code == .rateLimited)
        }
    }

    @Test func aNewGuestGetsNoNewAllowanceFromTheSameAddress() async throws {
        try await SocketServer.run(configure: {
            ($0.messageRate, $0.messageBurst, $0.messageRatePerAddress) = (1_000, 1_000, 1)
        }) { server in
            for guest in 1...2 {
                let client = try await server.guest()
                for number in 1...200 { try await client.send(.rename(name: "\(guest) \(number)")) }
                // Others may be to blame: nobody is thrown out for it.
                for _ in 1...150 {
                    let error = try await client.nextError()
                    #expect(error.code == .rateLimited && error.message.contains("your address"))
                }
            }
            #expect(server.metric("webchat_rate_limited_total{limit=\"address\"}").first?.hasSuffix(" 0") == false)
        }
    }

    @Test func anAddressWritesAtMostItsAllowanceOfBytes() async throws {
        try await SocketServer.run(configure: {
            ($0.messageRate, $0.messageBurst, $0.messageRatePerAddress) = (1_000, 1_000, 1_000)
            $0.megabytesPerAddress = 1
        }) { server in
            let text = String(repeating: "😀", count: 3_500)
            var taken = 0
            for guest in 1...2 {
                let client = try await server.guest()
                _ = try await client.join(.lobby)
                for number in 1...30 {
                    try await client.send(.chat(room: .lobby, text: text, key: "\(guest) \(number)"))
                    let refusal = try await client.next("an answer") { frame in
                        switch frame {
                        case .ack: ""
                        case .error(let error): error.code == .rateLimited ? error.message : "\(error)"
                        default: nil
                        }
                    }
                    guard !refusal.isEmpty else {
                        taken += 1
                        continue
                    }
                    #expect(refusal.contains("write limit"))
                    break
                }
            }
            // A quarter of a megabyte at once, and next to nothing for the second guest.
            #expect((15...20).contains(taken), "\(taken)")
        }
    }

    @Test func pingAndHistoryAreAnswered() async throws {
        try await SocketServer.run { server in
            let client = try await server.guest()
            try await client.send(.ping(at: "1.50"))
            #expect(try await client.next("pong") { if case .pong(let at) = $0 { at } else { nil } } == "1.50")
            _ = try await client.join(.lobby)
            try await client.send(.chat(room: .lobby, text: "Hello", key: "k"))
            _ = try await client.next("ack") { if case .ack(_, _, let id) = $0 { id } else { nil } }
            try await client.send(.history(room: .lobby, .before(nil), limit: 10))
            let messages = try await client.next("history") {
                if case .history(let history) = $0 { history.messages } else { nil }
            }
            #expect(messages.map(\.text) == ["Hello"])
        }
    }

    @Test func malformedJSONIsToleratedTwiceInARow() async throws {
        try await SocketServer.run { server in
            let client = try await server.guest()
            for text in ["{", "}", #"{"type":"ping"}"#, "[", #"{"type":"shout"}"#, "{", "{"] {
                try await client.send(text: text)
            }
            var codes: [ErrorCode] = []
            for _ in 0..<6 { codes.append(try await client.nextError().code) }
            #expect(codes == [.badJSON, .badJSON, .badJSON, .unknownType, .badJSON, .badJSON])
            try await client.send(text: "{")
            #expect(try await client.closeCode() == 1008)
        }
    }

    @Test func allSocketsOfAUserShareOneRate() async throws {
        try await SocketServer.run(configure: {
            $0.messageRate = 1
            $0.messageBurst = 2
        }) { server in
            let first = try await server.connect()
            let token = try await first.hello().token
            _ = try await first.join(.lobby)
            let second = try await server.guest(token: token)
            _ = try await second.join(.lobby)
            // More than a slow machine's seconds let through.
            for _ in 0..<10 { try await first.send(.chat(room: .lobby, text: "Hello", key: "k")) }
            let error = try await first.nextError()
            #expect(error.code == .rateLimited)
            #expect(error.room == "lobby")
            #expect(error.key == "k")
            #expect((1...1_000).contains(try #require(error.retryAfterMs)))

            // Ten bursts of refused messages are a flood.
            for _ in 0..<30 { try await second.send(.chat(room: .lobby, text: "Hello", key: "k")) }
            #expect(try await second.closeCode() == 1008)
        }
    }

    @Test func plainClientsGetTheirMessagesBack() async throws {
        try await SocketServer.run(.plain) { server in
            let ada = try await server.connect()
            let bob = try await server.connect()
            try await eventually("two users") {
                server.metric("webchat_connected_users") == ["webchat_connected_users 2"]
            }
            try await ada.send(text: "not json")
            try await ada.send(text: #"{"type":"join","room":"other"}"#)
            let sent = #"{"type":"message","text":"Hello","ts":1}"#
            try await ada.send(text: sent)
            #expect(try await ada.next() == .text(sent))
            #expect(try await bob.next() == .text(sent))
            #expect(server.metric(#"webchat_errors_total{type="parse_error"}"#).first?.hasSuffix(" 1") == true)
            #expect(server.metric(#"webchat_errors_total{type="invalid_message"}"#).first?.hasSuffix(" 1") == true)
        }
    }
}
