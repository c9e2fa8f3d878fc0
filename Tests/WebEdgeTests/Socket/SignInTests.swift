import ChatModel
import ChatProtocol
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import WebEdge

/// Users who sign in elsewhere: `docs/protocol.md`, section 2.
struct SignInTests {
    private static let both = Access(mode: .both, tokens: Issuer(), signIn: "/token")
    private static let usersOnly = Access(mode: .users, tokens: Issuer(), signIn: "/token")

    @Test func aUserHasTheNameAndTheTimeOfTheToken() async throws {
        try await SocketServer.run(access: Self.both) { server in
            let client = try await server.connect()
            let welcome = try await client.hello(token: "ann.Ann Lee.60", name: "somebody")
            #expect(welcome.user == User(id: UserID("ann"), name: "Ann Lee"))
            #expect(welcome.token == nil && welcome.signIn == "/token")
            #expect((58...60).contains(try #require(welcome.expiresIn)))
            try await client.send(.rename(name: "Bob"))
            #expect(try await client.nextError().code == .forbidden)
            // Trusted names are for users.
            #expect(try await server.connect().hello(token: "root.Admin.60").user.name == "Admin")
            #expect(try await server.connect().hello(token: "cid..60", name: "Cid").user.name == "Cid")
        }
    }

    @Test func aTokenMayEndAfterAllClocks() async throws {
        try await SocketServer.run(access: Self.both) { server in
            let client = try await server.connect()
            let welcome = try await client.hello(token: "ann.Ann.9007199254740992")
            #expect(welcome.expiresIn == 365 * 86_400)
            _ = try await client.join(.lobby)
        }
    }

    @Test func aGuestStaysAGuestBesideUsers() async throws {
        try await SocketServer.run(access: Self.both) { server in
            let client = try await server.connect()
            let welcome = try await client.hello(name: "Admin")
            #expect(welcome.user.name == "Admin (guest)" && welcome.expiresIn == nil && welcome.signIn == "/token")
            try await client.send(.renew(token: "ann.Ann.60"))
            #expect(try await client.nextError().code == .badRequest)
            #expect(try await server.connect().hello(token: welcome.token).user.id == welcome.user.id)
        }
    }

    @Test func whoHasSignedInNeitherGivesNorTakesALink() async throws {
        try await SocketServer.run(access: Self.both) { server in
            let guest = try await server.guest(name: "Cid")
            try await guest.send(.devices(.link(key: "k")))
            let token = try await guest.next("link") { if case .link(let link) = $0 { link.token } else { nil } }
            let ann = try await server.connect()
            _ = try await ann.hello(token: "ann.Ann.60")
            for request in [.link(key: "k"), .look(token: token, key: "k"), .take(token: token, key: "k")]
                as [ClientFrame.DeviceRequest]
            {
                try await ann.send(.devices(request))
                let refusal = try await ann.nextError()
                #expect(refusal.code == .forbidden && refusal.key == "k")
            }
            // It was not used.
            let other = try await server.guest()
            try await other.send(.devices(.take(token: token, key: "k")))
            _ = try await other.next("linked") { if case .linked(let linked) = $0 { linked } else { nil } }
        }
    }

    @Test(arguments: [nil, "token of ann", "bad..60", "ann.Ann.0.x"])
    func whoeverHasNotSignedInIsAskedTo(token: String?) async throws {
        try await SocketServer.run(access: Self.usersOnly) { server in
            let client = try await server.connect()
            try await client.send(.hello(token: token, name: nil))
            let error = try await client.nextError()
            #expect(error.code == .unauthorized && error.signIn == "/token")
            #expect(try await client.closeCode() == 4403)
        }
    }

    @Test func framesWaitForTheVerdictInOrderAndNotWithoutLimit() async throws {
        let issuer = Issuer()
        issuer.isHeld.withLock { $0 = true }
        try await SocketServer.run(access: Access(mode: .both, tokens: issuer, signIn: nil)) { server in
            let client = try await server.connect()
            try await client.send(.hello(token: "ann.Ann.60", name: nil))
            try await client.send(.join(room: .lobby, since: nil))
            for text in ["1", "2", "3"] { try await client.send(.chat(room: .lobby, text: text, key: text)) }
            let greedy = try await server.connect()
            try await greedy.send(.hello(token: "bob.Bob.60", name: nil))
            for _ in 0..<17 { try await greedy.send(.ping(at: nil)) }
            #expect(try await greedy.closeCode() == 1008)
            let wordy = try await server.connect()
            try await wordy.send(.hello(token: "bob.Bob.60", name: nil))
            for key in ["1", "2"] {
                try await wordy.send(.chat(room: .lobby, text: String(repeating: "x", count: 40_000), key: key))
            }
            #expect(try await wordy.closeCode() == 1008)
            issuer.release()
            for text in ["1", "2", "3"] {
                let ack = try await client.next("ack") { if case .ack(_, let key, _) = $0 { key } else { nil } }
                #expect(ack == text)
            }
        }
    }

    @Test func aVerdictThatTakesTooLongCountsAsNoHello() async throws {
        let issuer = Issuer()
        issuer.isHeld.withLock { $0 = true }
        let access = Access(mode: .both, tokens: issuer, signIn: nil)
        try await SocketServer.run(access: access, configure: { $0.helloTimeout = .milliseconds(100) }) { server in
            let client = try await server.connect()
            try await client.send(.hello(token: "ann.Ann.60", name: nil))
            #expect(try await client.closeCode() == 4408)
            issuer.release()
        }
    }

    @Test func aTokenThatCannotBeCheckedIsNotRefused() async throws {
        try await SocketServer.run(access: Self.both) { server in
            let client = try await server.connect()
            try await client.send(.hello(token: "busy..60", name: nil))
            #expect(try await client.closeCode() == 1013)
        }
    }

    @Test func aRenewalIsOfTheSameUser() async throws {
        try await SocketServer.run(access: Self.both) { server in
            let client = try await server.connect()
            _ = try await client.hello(token: "ann.Ann.60")
            try await client.send(.renew(token: "ann.Ann.600"))
            let expiresIn = try await client.next("renewed") { if case .renewed(let time) = $0 { time } else { nil } }
            #expect((598...600).contains(expiresIn))
            for token in ["bob.Bob.600", "bad..60"] {
                try await client.send(.renew(token: token))
                #expect(try await client.nextError().code == .unauthorized)
            }
            try await client.send(.renew(token: "busy..60"))
            #expect(try await client.nextError().code == .unavailable)
            _ = try await client.join(.lobby)
        }
    }

    @Test func theEndOfATokenEndsTheSocket() {
        var machine = SocketStateMachine(SocketConfiguration(), now: .uptimeNanoseconds(0))
        machine.saidHello()
        let end = NIODeadline.uptimeNanoseconds(20_000_000_000)
        machine.signedIn(until: end)
        #expect(machine.deadline == end)
        #expect(machine.timerFired(waiting: 0, at: end) == .close(.signIn))
        machine.signedIn(until: end + .seconds(60))
        #expect(machine.timerFired(waiting: 0, at: end) == .none)
    }
}

/// Issues tokens that anybody can read: `<id>.<name>.<seconds left>`.
final class Issuer: UserTokens {
    let isHeld = Mutex(false)
    private let held = Mutex<[@Sendable () -> Void]>([])

    func release() {
        isHeld.withLock { $0 = false }
        for answer in held.withLock({ answers in
            defer { answers = [] }; return answers
        }) { answer() }
    }

    func check(_ token: String, on eventLoop: any EventLoop) -> EventLoopFuture<TokenHolder> {
        let promise = eventLoop.makePromise(of: TokenHolder.self)
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let verdict: Result<TokenHolder, any Error> =
            switch (parts[0], Int64(parts[2])) {
            case ("busy", _): .failure(TokenRefusal.unavailable)
            case ("bad", _), (_, nil): .failure(TokenRefusal.refused)
            case (let id, let left?):
                .success(
                    TokenHolder(
                        id: UserID(id), name: parts[1].isEmpty ? nil : parts[1], isOperator: id == "root",
                        expiresAt: WallClock.milliseconds() / 1_000 + left))
            }
        let answer: @Sendable () -> Void = { promise.completeWith(verdict) }
        if isHeld.withLock({ $0 }) { held.withLock { $0.append(answer) } } else { answer() }
        return promise.futureResult
    }
}
