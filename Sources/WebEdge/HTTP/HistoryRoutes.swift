import ChatModel
import Hummingbird
import NIOCore

/// `/messages` and `/rooms`: what was said of late, for scripts and the original's clients
/// (`docs/protocol.md`, section 8).
struct HistoryRoutes {
    static let maximumMessages = 1_000
    static let maximumRooms = 200

    let log: any RoomLog
    let rooms: any RoomIndex
    let group: any EventLoopGroup

    func add(to router: Router<EdgeRequestContext>) {
        router.get("/messages") { request, _ in
            let query = try Query(request)
            let reader = PageReader(log: log, room: query.room, eventLoop: group.any())
            let since = WallClock.milliseconds() - Int64(query.minutes) * 60_000
            return try await messages(after: MessageID(ms: UInt64(max(0, since)), seq: 0), reader: reader)
        }
        router.get("/rooms") { _, _ in try await recentRooms() }
    }

    /// The first page is read before the answer begins, so that a log that is away is still an error of its own.
    private func messages(after start: MessageID, reader: PageReader) async throws -> Response {
        let first: LogPage
        do {
            first = try await reader.read(after: start, limit: LogPage.maximumMessages)
        } catch {
            throw HTTPError(.serviceUnavailable, message: "the log cannot be read now, try again: \(error)")
        }
        let body = ResponseBody { writer in
            var page = first
            var written = 0
            try await writer.write(ByteBuffer(string: #"{"messages":["#))
            while true {
                let messages = page.messages.filter(\.isShown)
                try await writer.write(Self.encode(messages, continued: written > 0))
                written += messages.count
                guard page.more, written < Self.maximumMessages, let reached = page.reached else { break }
                let limit = min(LogPage.maximumMessages, Self.maximumMessages - written)
                page = try await reader.read(after: reached, limit: limit)
            }
            try await writer.write(ByteBuffer(string: #"],"more":\#(page.more)}"#))
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"], body: body)
    }

    private static func encode(_ messages: [ChatMessage], continued: Bool) -> ByteBuffer {
        var json = ByteBuffer()
        for (index, message) in messages.enumerated() {
            if continued || index > 0 { json.writeJSON(literal: ",") }
            json.writeJSON(literal: #"{"id":"#)
            json.writeJSON(message.id.description)
            json.writeJSON(literal: #","from":{"id":"#)
            json.writeJSON(message.user.description)
            json.writeJSON(literal: #","name":"#)
            json.writeJSON(message.name)
            json.writeJSON(literal: #"},"text":"#)
            json.writeJSON(message.text)
            json.writeJSON(literal: #","ts":"#)
            json.writeJSON(message.ts)
            json.writeJSON(literal: #","type":"#)
            json.writeJSON((message.plain?.kind ?? .chat).rawValue)
            json.writeJSON(literal: "}")
        }
        return json
    }

    private func recentRooms() async throws -> Response {
        let recent: [RoomActivity]
        do {
            recent = try await rooms.recentRooms(limit: Self.maximumRooms)
        } catch {
            throw HTTPError(.serviceUnavailable, message: "the rooms cannot be read now, try again: \(error)")
        }
        var json = ByteBuffer()
        json.writeJSON(literal: #"{"rooms":"#)
        json.writeJSON(array: recent) { json, activity in
            json.writeJSON(literal: #"{"room":"#)
            json.writeJSON(activity.room.description)
            json.writeJSON(literal: #","lastActivity":"#)
            json.writeJSON(activity.lastActivity)
            json.writeJSON(literal: "}")
        }
        json.writeJSON(literal: "}")
        return .json(json)
    }
}

extension HistoryRoutes {
    /// `?minutes=30&room=lobby`; both have defaults.
    private struct Query {
        let minutes: Int
        let room: RoomName

        init(_ request: Request) throws {
            let minutes = request.uri.queryParameters["minutes"].map { Int($0) } ?? 30
            guard let minutes, (1...1440).contains(minutes) else {
                throw HTTPError(.badRequest, message: "minutes must be a whole number from 1 to 1440")
            }
            let room = request.uri.queryParameters["room"].map { RoomName(String($0)) } ?? .lobby
            guard let room else { throw HTTPError(.badRequest, message: UpgradeRefusal.badRoom.text) }
            self.minutes = minutes
            self.room = room
        }
    }
}

/// Reads a log, whose answers come on an event loop, from an `async` function.
private struct PageReader: Sendable {
    let log: any RoomLog
    let room: RoomName
    let eventLoop: any EventLoop

    func read(after: MessageID, limit: Int) async throws -> LogPage {
        try await withCheckedThrowingContinuation { continuation in
            eventLoop.execute {
                log.read(.forward(after: after, through: nil, limit: limit), of: room, on: eventLoop) { result in
                    continuation.resume(with: result.mapError { $0 as any Error })
                }
            }
        }
    }
}
