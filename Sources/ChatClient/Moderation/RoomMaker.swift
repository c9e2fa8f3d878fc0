import ChatModel
import ChatProtocol
package import NIOCore
import NIOPosix
package import NIOSSL
import Synchronization

/// Makes the rooms of a moderated crowd before it meets: clients connect as its users, and every third room is private;
/// half of the others accept an invitation to it, the rest are made members by its owner.
package struct RoomMaker: Sendable {
    /// The rooms' logs begin on the newest page that a client gets, so that the judge knows their rules.
    private static let mostInPrivate = 40
    private static let look = Duration.milliseconds(10)
    /// Answers may be lost with a connection, and the server may ask to try later.
    private static let patience = Duration.seconds(2)

    private let urls: [WebSocketURL]
    private let name: String
    private let tls: NIOSSLContext?
    private let group: any EventLoopGroup

    package init(
        at urls: [WebSocketURL], name: String, tls: NIOSSLContext? = nil,
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.urls = urls
        self.name = name
        self.tls = tls
        self.group = group
    }

    /// - Parameters:
    ///   - run: distinguishes the names of this run's rooms from those of others.
    ///   - tokens: one for each client; none: all are guests.
    package func make(
        _ count: Int, for clients: Int, run: String, tokens: [String], within limit: Duration
    ) async throws -> CrowdRooms {
        let end = ContinuousClock.now + limit
        let guests = (0..<clients).map { number in
            Guest(
                urls, name: Crowd.name(of: number, in: name), token: tokens.isEmpty ? nil : tokens[number], tls: tls,
                on: group.next())
        }
        defer { for guest in guests { guest.client.stop() } }
        for guest in guests { guest.client.start() }
        try await wait("all clients are connected", until: end, guests) { guests.allSatisfy { $0.welcome != nil } }
        for guest in guests {
            guard guest.welcome?.features.contains(ServerFrame.Welcome.rooms) == true else {
                throw CrowdRooms.Refusal(
                    description: "a node knows no rooms that belong to somebody (`rooms` in welcome.features): "
                        + "upgrade all nodes, or run without --moderate")
            }
        }
        var made = CrowdRooms()
        for number in 0..<count {
            let owner = number % clients
            let isPrivate = number % 3 == 2 && clients <= Self.mostInPrivate
            let key = "make \(run) \(number + 1)"
            let room: ClientFrame.NewRoom =
                isPrivate
                ? .private : RoomName("\(name)-\(run)-\(number + 1)").map { ClientFrame.NewRoom.open($0) } ?? .private
            let answer = try await ask(
                guests[owner], .rooms(.create(room, title: "", key: key)), key: key, until: end, guests)
            guard case .created(_, let name) = answer else { continue }
            made.names.append(name)
            made.owners.append(owner)
            made.entries.append(.init(room: name, user: guests[owner].user, key: key))
            if isPrivate { try await fill(name, of: owner, with: guests, run: run, until: end, into: &made) }
        }
        // A guest's own token is new; that of a user who has signed in stays.
        made.tokens = guests.indices.map { guests[$0].welcome?.token ?? (tokens.isEmpty ? nil : tokens[$0]) }
        return made
    }

    private func fill(
        _ room: RoomName, of owner: Int, with guests: [Guest], run: String, until end: ContinuousClock.Instant,
        into made: inout CrowdRooms
    ) async throws {
        guests[owner].client.join(room)
        try await wait("the owner is in \(room)", until: end, guests) { guests[owner].isLive }
        let key = "invite \(run) \(made.names.count)"
        let answer = try await ask(
            guests[owner],
            .rooms(.invite(room, uses: max(guests.count, 1), seconds: ClientFrame.RoomRequest.usualSeconds, key: key)),
            key: key, until: end, guests)
        guard case .invitation(let invitation) = answer, let token = invitation.token else { return }
        for (number, guest) in guests.enumerated() where number != owner {
            let key = "enter \(run) \(number) \(made.names.count)"
            if number.isMultiple(of: 2) {
                _ = try await ask(guest, .rooms(.accept(token: token, key: key)), key: key, until: end, guests)
            } else {
                guests[owner].client.send(
                    Crowd.name(of: number, in: name), key: key, to: room,
                    act: .room(.role(.member, of: guest.user, .never)))
                try await wait("\(room) has a member", until: end, guests) { guests[owner].has(key) }
            }
            let author = number.isMultiple(of: 2) ? guest.user : guests[owner].user
            made.entries.append(.init(room: room, user: author, key: key))
        }
        guests[owner].client.leave(room)
        try await wait("the owner has left \(room)", until: end, guests) { !guests[owner].isLive }
    }

    private func ask(
        _ guest: Guest, _ frame: ClientFrame, key: String, until end: ContinuousClock.Instant, _ guests: [Guest]
    ) async throws -> ServerFrame {
        while true {
            guest.client.ask(frame)
            let retryAt = min(ContinuousClock.now + Self.patience, end)
            while ContinuousClock.now < retryAt {
                switch guest.answer(to: key) {
                case .success(let frame): return frame
                case .failure(let error) where error.code != .unavailable: throw Self.refusal(error)
                case .failure, nil: break
                }
                try await Task.sleep(for: Self.look)
            }
            try await wait("the server answers", until: end, guests) { true }
        }
    }

    private static func refusal(_ error: FrameError) -> CrowdRooms.Refusal {
        guard error.code == .rateLimited else {
            return .init(description: "the server makes no rooms: \(error.code.rawValue), \(error.message)")
        }
        let wait = error.retryAfterMs.map { ", wait \(($0 + 999) / 1_000) s" } ?? ""
        return .init(
            description: "the server makes no more rooms for this address at the moment: choose fewer --rooms\(wait), "
                + "raise ROOMS_PER_ADDRESS, or let the clients sign in with --token-command")
    }

    private func wait(
        _ what: String, until end: ContinuousClock.Instant, _ guests: [Guest], _ condition: () -> Bool
    ) async throws {
        repeat {
            if ContinuousClock.now < end, condition() { return }
            try await Task.sleep(for: Self.look)
        } while ContinuousClock.now < end
        let trouble = guests.lazy.compactMap(\.trouble).first.map { ": \($0)" } ?? ""
        throw CrowdRooms.Refusal(
            description: "the rooms could not be made, timed out waiting until \(what)\(trouble)"
                + " (CONNECTIONS_PER_ADDRESS limits the sockets of one address)")
    }
}

/// A client of the crowd before it meets.
private final class Guest: Sendable {
    private final class Memory: Sendable {
        struct State {
            var welcome: ServerFrame.Welcome?
            var answers: [String: Result<ServerFrame, FrameError>] = [:]
            var acked: Set<String> = []
            var isLive = false
            var trouble: String?
        }

        let state = Mutex(State())

        func observe(_ event: ClientEvent) {
            state.withLock { state in
                switch event {
                case .opened(let welcome): state.welcome = welcome
                case .frame(.created(let key, let room)): state.answers[key] = .success(.created(key: key, room: room))
                case .frame(.invitation(let invitation)):
                    state.answers[invitation.key] = .success(.invitation(invitation))
                case .failed(let error), .refused(_, _, let error), .postponed(_, _, let error):
                    if let key = error.key { state.answers[key] = .failure(error) }
                    state.trouble = "\(error.code.rawValue), \(error.message)"
                case .acked(_, let key, _): state.acked.insert(key)
                case .caughtUp: state.isLive = true
                case .left, .expelled, .closed: state.isLive = false
                case .unreachable(let url, let reason): state.trouble = "\(url) cannot be reached: \(reason)"
                case .violation(let what): state.trouble = what
                case .joined, .message, .gap, .abandoned, .frame: break
                }
            }
        }
    }

    let client: ChatClient
    private let memory: Memory

    init(_ urls: [WebSocketURL], name: String, token: String?, tls: NIOSSLContext?, on eventLoop: any EventLoop) {
        let memory = Memory()
        self.memory = memory
        client = ChatClient(
            urls: urls, configuration: .init(name: name, token: token), tls: tls, on: eventLoop
        ) { memory.observe($0) }
    }

    var welcome: ServerFrame.Welcome? { memory.state.withLock { $0.welcome } }
    var user: UserID { welcome?.user.id ?? UserID("") }
    var isLive: Bool { memory.state.withLock { $0.isLive } }
    var trouble: String? { memory.state.withLock { $0.trouble } }

    func answer(to key: String) -> Result<ServerFrame, FrameError>? { memory.state.withLock { $0.answers[key] } }

    func has(_ key: String) -> Bool { memory.state.withLock { $0.acked.contains(key) } }
}
