import ChatModel
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Operations

/// `/admin/rooms`: what operators see of rooms and do to them, private ones included. For `webchat room`; only on
/// `ADMIN_PORT`, which users cannot reach.
///
/// Requests have no body: what to do is in the path and the query.
struct RoomRoutes {
    /// Unless the query says less.
    static let mostRooms = 1_000

    let backend: RoomBackend
    let files: FileServices?
    let group: any EventLoopGroup
    let logger: Logger

    func add(to router: Router<EdgeRequestContext>) {
        let rooms = router.group("/admin/rooms").add(middleware: NoBrowsers())
        rooms.get { request, _ in Response.json(try await list(request), for: request) }
        let room = rooms.group("/:room")
        room.get { request, context in
            Response.json(try await members(of: context), for: request)
        }
        room.post("role") { request, context in try await giveRole(RoleChange(request), in: context) }
        room.post("unban") { request, context in try await unban(request, in: context) }
        room.post("delete") { _, context in try await delete(context) }
    }

    // MARK: Looking

    private func list(_ request: Request) async throws -> JSONText {
        let query = request.uri.queryParameters
        guard let limit = query["limit"].map({ Int($0) }) ?? Self.mostRooms, (1...Self.mostRooms).contains(limit) else {
            throw HTTPError(.badRequest, message: "limit must be a whole number from 1 to \(Self.mostRooms)")
        }
        let isPrivate = query["private"].map { String($0) } ?? "false"
        guard let isPrivate = Bool(isPrivate) else {
            throw HTTPError(.badRequest, message: "private must be true or false")
        }
        return try await answering {
            var list: [JSONText] = []
            // One after the other, so that large rooms do not fill memory together.
            for activity in try await backend.administration.rooms(isPrivate: isPrivate, limit: limit) {
                let rules = try await backend.administration.rules(of: activity.room)
                list.append(Self.json(activity, rules ?? RoomRules()))
            }
            return #"{"rooms":\#(list)}"#
        }
    }

    private static func json(_ activity: RoomActivity, _ rules: RoomRules) -> JSONText {
        let now = WallClock.milliseconds()
        let roles = rules.grants.keys.count { rules.role(of: $0, at: now) != .none }
        return #"""
            {"room":\#(activity.room.description),"kind":\#(activity.room.kind.rawValue),"title":\#(rules.title),\#
            "roles":\#(roles),"lastActivity":\#(activity.lastActivity)}
            """#
    }

    private func members(of context: EdgeRequestContext) async throws -> JSONText {
        let room = try Self.room(context)
        return try await answering {
            let present = try await present(in: room)
            let rules = try await self.rules(of: room, present: present)
            let now = WallClock.milliseconds()
            let roles: [JSONText] = rules.grants.filter { rules.role(of: $0.key, at: now) != .none }
                .sorted { $0.key.description < $1.key.description }
                .map { user, grant in
                    #"""
                    {"id":\#(user.description),"name":\#(grant.name),"role":\#(grant.role.rawValue),\#
                    "until":\#(grant.until)}
                    """#
                }
            // The list of those present may not know of a ban yet.
            let here: [JSONText] = present.filter { rules.refusal(of: $0.key, in: room.kind, at: now) == nil }
                .sorted { $0.key.description < $1.key.description }
                .map { user, name in #"{"id":\#(user.description),"name":\#(name)}"# }
            return #"""
                {"room":\#(room.description),"kind":\#(room.kind.rawValue),"title":\#(rules.title),\#
                "topic":\#(rules.topic),"speak":\#(rules.speakers.rawValue),"slow":\#(rules.slow),\#
                "roles":\#(roles),"present":\#(here)}
                """#
        }
    }

    /// Who is in the room now, on any node that is alive.
    private func present(in room: RoomName) async throws -> [UserID: String] {
        let eventLoop = group.any()
        let nodes: [NodeIncarnation: [User]] = try await withCheckedThrowingContinuation { continuation in
            eventLoop.execute {
                backend.presence.read(room, on: eventLoop) { result in
                    continuation.resume(with: result.mapError { $0 as any Error })
                }
            }
        }
        var present: [UserID: String] = [:]
        for (node, users) in nodes where backend.membership.isPresent(node) {
            for user in users { present[user.id] = user.name }
        }
        return present
    }

    // MARK: Changing

    private func giveRole(_ change: RoleChange, in context: EdgeRequestContext) async throws -> Response {
        let room = try Self.room(context)
        return try await answering {
            let present = try await present(in: room)
            let rules = try await self.rules(of: room, present: present)
            let known = present[change.user] ?? rules.grants[change.user]?.name
            var name = change.name ?? known
            if name == nil { name = await self.name(of: change.user, in: room) }
            // Who types a name instead of an id must not believe that it worked.
            guard let name = name ?? (change.role == .none ? change.user.description : nil) else {
                let text =
                    "nobody with the id \(change.user) is in \(room), has a role there or wrote lately: "
                    + "`webchat room members` shows ids, and --name names somebody who was never there"
                throw HTTPError(.conflict, message: text)
            }
            try await publish(change, name: name, to: room)
            return Response.text(.ok, "done")
        }
    }

    private func unban(_ request: Request, in context: EdgeRequestContext) async throws -> Response {
        let room = try Self.room(context)
        let change = try RoleChange(unbanning: request)
        return try await answering {
            let rules = try await self.rules(of: room, present: [:])
            // Otherwise it would take a role away.
            guard rules.role(of: change.user, at: WallClock.milliseconds()) == .banned else {
                throw HTTPError(.conflict, message: "this user is not banned in this room")
            }
            try await publish(change, name: rules.grants[change.user]?.name ?? change.user.description, to: room)
            return Response.text(.ok, "done")
        }
    }

    /// Like any change of a role, it is an entry of the log.
    private func publish(_ change: RoleChange, name: String, to room: RoomName) async throws {
        let draft = MessageDraft(
            user: UserID("operator"), name: "operator", text: name, key: "",
            act: .room(.role(change.role, of: change.user, change.end)), authority: .operator)
        let eventLoop = group.any()
        let results = await withCheckedContinuation { continuation in
            eventLoop.execute {
                backend.relay.publish([draft], to: room, on: eventLoop) { continuation.resume(returning: $0) }
            }
        }
        for result in results { _ = try result.get() }
    }

    private func delete(_ context: EdgeRequestContext) async throws -> Response {
        let room = try Self.room(context)
        return try await answering {
            guard try await backend.administration.delete(room) else { throw RelayError.noRoom }
            files?.sweepSoon(room)
            // There is no log left to tell it.
            logger.notice("room deleted by an operator", metadata: [LogKey.roomName: "\(room)"])
            return Response.text(.ok, "done")
        }
    }

    // MARK: Both

    private static func room(_ context: EdgeRequestContext) throws -> RoomName {
        guard let room = context.parameters.get("room").flatMap({ RoomName($0) }) else {
            throw HTTPError(.badRequest, message: UpgradeRefusal.badRoom.text)
        }
        return room
    }

    /// An open room is there as soon as somebody is in it, even if nobody has said anything.
    private func rules(of room: RoomName, present: [UserID: String]) async throws -> RoomRules {
        if let rules = try await backend.administration.rules(of: room) { return rules }
        guard room.kind == .open, !present.isEmpty else { throw RelayError.noRoom }
        return RoomRules()
    }

    /// Under which a user who is away wrote last; `nil`: that was long ago.
    private func name(of user: UserID, in room: RoomName) async -> String? {
        let eventLoop = group.any()
        return await withCheckedContinuation { continuation in
            eventLoop.execute {
                let range = LogRange.backward(before: nil, limit: LogPage.maximumMessages)
                backend.log.read(range, of: room, for: .room, on: eventLoop) { result in
                    continuation.resume(returning: (try? result.get())?.messages.last { $0.user == user }?.name)
                }
            }
        }
    }

    /// Answers the refusals of the log as HTTP does.
    private func answering<Answer>(_ work: () async throws -> Answer) async throws -> Answer {
        do {
            return try await work()
        } catch let error as RelayError {
            let status: HTTPResponse.Status =
                switch error.code {
                case .noRoom, .notFound: .notFound
                case .forbidden, .banned, .slowed, .tooManyReactions: .conflict
                case .unavailable, .moving, .overloaded, .refused: .serviceUnavailable
                }
            throw HTTPError(status, message: error.message)
        }
    }
}

/// `?user=…&role=moderator&name=Ann&minutes=30`; the last two are optional.
private struct RoleChange {
    let user: UserID
    let role: RoomRole
    let end: RoleEnd
    /// `nil`: the one that the room knows.
    var name: String?

    init(_ request: Request) throws {
        let query = request.uri.queryParameters
        guard let role = query["role"].flatMap({ RoomRole(rawValue: String($0)) }) else {
            let roles = RoomRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw HTTPError(.badRequest, message: "role must be one of \(roles)")
        }
        let most = RoleEnd.mostSeconds / 60
        let minutes = query["minutes"].map { Int($0) ?? 0 }
        guard minutes.map({ (1...most).contains($0) }) ?? true else {
            throw HTTPError(.badRequest, message: "minutes must be a whole number from 1 to \(most)")
        }
        let name = query["name"].map { UserName(String($0))?.description }
        if case .some(nil) = name { throw HTTPError(.badRequest, message: "name must be a user's name") }
        self.user = try Self.user(request)
        self.role = role
        self.end = minutes.map { .after(seconds: $0 * 60) } ?? .never
        self.name = name ?? nil
    }

    init(unbanning request: Request) throws {
        user = try Self.user(request)
        role = .none
        end = .never
    }

    private static func user(_ request: Request) throws -> UserID {
        guard let user = request.uri.queryParameters["user"].flatMap({ UserID(checking: String($0)) }) else {
            throw HTTPError(.badRequest, message: "user must be a user's id")
        }
        return user
    }
}
