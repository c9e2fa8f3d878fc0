import ChatModel
import CoreMetrics
import Embedded
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Push

/// What is pushed to whom, of a standalone node's rooms.
@Suite struct PushRoundTests {
    private let ann = User(id: UserID("ann"), name: "Ann")
    private let bob = User(id: UserID("bob"), name: "Bob")

    @Test func whatTheUserHasReadOrMayNotReadIsNotPushed() async throws {
        let chat = Chat()
        let den = try #require(RoomName("_direct-abcdefghijklmnopqrstuvwxyz"))
        try await chat.keep(device([.lobby: .mentions]), of: ann)
        for user in [bob, ann] {
            try await chat.say("", by: bob, in: den, act: .role(.member, of: user.id, .never), authority: .maker)
        }
        try await chat.pass()
        let mention = try await chat.say("@Ann hello", by: bob, in: .lobby)
        try await chat.say("@Ann, said by herself", by: ann, in: .lobby)
        let secret = try await chat.say("hi", by: bob, in: den)
        try await chat.pass()
        let jobs = chat.due()
        #expect(Set(jobs.map(\.message)) == [mention.id, secret.id])
        for job in jobs { #expect(try await chat.round.payload(for: job, content: .text) != nil) }
        let first = try #require(jobs.first { $0.message == mention.id })
        let second = try #require(jobs.first { $0.message == secret.id })

        // Of another log, it means nothing.
        let other = RoomPosition(epoch: Epoch(random: 1, tag: 0), id: mention.id)
        try await chat.read(ReadPosition(room: .lobby, position: other), by: ann)
        #expect(try await chat.round.payload(for: first, content: .text) != nil)
        try await chat.read(ReadPosition(room: .lobby, position: mention), by: ann)
        #expect(try await chat.round.payload(for: first, content: .text) == nil)

        try await chat.say("", by: ann, in: den, act: .role(.none, of: ann.id, .never), authority: .own)
        #expect(try await chat.round.payload(for: second, content: .text) == nil)
    }

    @Test func aUserInTheRoomHasTimeToRead() async throws {
        let chat = Chat()
        try await chat.keep(device([.lobby: .mentions]), of: ann)
        try await chat.enter(ann, .lobby)
        try await chat.pass()
        try await chat.say("@Ann hello", by: bob, in: .lobby)
        try await chat.pass()
        #expect(chat.due().isEmpty)
        chat.clock.advance(by: PushPace().readingTime)
        try await chat.pass()
        #expect(chat.due().count == 1)
    }

    @Test func contentSaysHowMuchIsTold() async throws {
        let chat = Chat()
        try await chat.keep(device([.lobby: .all]), of: ann)
        try await chat.pass()
        try await chat.say("good \"morning\" \(String(repeating: "…", count: 300))", by: bob, in: .lobby)
        try await chat.pass()
        let job = try #require(chat.due().first)
        func told(_ content: PushConfiguration.Content) async throws -> String {
            String(decoding: try #require(try await chat.round.payload(for: job, content: content)), as: UTF8.self)
        }
        let start = #"{"room":"lobby","id":"\#(job.message)","addressed":false"#
        #expect(try await told(.none) == start + "}")
        #expect(try await told(.sender) == start + #","from":"Bob"}"#)
        let text = #"good \"morning\" "# + String(repeating: "…", count: 145)
        #expect(try await told(.text) == start + #","from":"Bob","text":"\#(text)"}"#)
    }

    private func device(_ levels: [RoomName: PushDevice.Level]) -> PushDevice {
        PushDevice(
            endpoint: "https://push.example/1", publicKey: "p", secret: "s", serverKey: "k", levels: levels)
    }
}

/// The rooms of a standalone node, and what looks at them.
private final class Chat {
    let clock = ManualMilliseconds()
    let round: PushRound
    private let store: EmbeddedBackend
    private let backend: RoomBackend
    private let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()

    init() {
        let node = NodeIncarnation(name: "n1", generation: 7)
        let (clock, membership) = (
            clock,
            EmbeddedMembership(
                ClusterMember(node: node, state: .alive, address: "127.0.0.1:1", version: "1", startedAt: 1))
        )
        store = EmbeddedBackend(node: node, now: { clock.now }, uptime: { clock.now })
        backend = store.rooms(in: membership)
        round = PushRound(
            backend: backend, pace: PushPace(), on: eventLoop,
            metrics: PushMetrics(factory: NOOPMetricsHandler.instance))
    }

    func pass() async throws {
        clock.advance(by: 2_000)
        let turn = store.pushes.takeTurn(upTo: round.looked, changedSince: round.changesSince)
        round.begin(try #require(turn))
        try await round.read(added: [], until: .now + .seconds(60))
    }

    func due() -> [PushSchedule.Job] { round.schedule.due(at: clock.now, atMost: 9) }

    func keep(_ device: PushDevice, of user: User) async throws {
        try await wait { [store] in store.pushes.keep(device, of: user, on: $0, completion: $1) }
    }

    func read(_ position: ReadPosition, by user: User) async throws {
        let origin = SocketOrigin(node: "n1", socket: SocketID(1))
        try await wait { [store] in
            store.devices.read([position], by: user.id, at: origin, on: $0, completion: $1)
        }
    }

    func enter(_ user: User, _ room: RoomName) async throws {
        try await eventLoop.submit { [store, eventLoop] in
            store.update(
                [user.id: NodeMember(name: user.name, sockets: 1)], in: room, announcing: nil, on: eventLoop)
        }.get()
    }

    @discardableResult
    func say(
        _ text: String, by user: User, in room: RoomName, act: RoomChange? = nil,
        authority: Authority = .own
    ) async throws -> RoomPosition {
        let draft = MessageDraft(
            user: user.id, name: user.name, text: act == nil ? text : user.name, key: "", act: act.map { .room($0) },
            authority: authority)
        return try await wait { [store] eventLoop, completion in
            store.publish([draft], to: room, on: eventLoop) { completion($0[0].map(\.position)) }
        }
    }

    private func wait<Value: Sendable>(
        _ ask: @escaping @Sendable (any EventLoop, @escaping @Sendable (Result<Value, RelayError>) -> Void) -> Void
    ) async throws -> Value {
        let answer = eventLoop.makePromise(of: Value.self)
        eventLoop.execute { [eventLoop] in ask(eventLoop) { answer.completeWith($0.mapError { $0 }) } }
        return try await answer.futureResult.get()
    }
}
