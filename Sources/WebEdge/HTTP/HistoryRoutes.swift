import ChatModel
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// `/messages` and `/rooms`: recent messages and rooms, for scripts and plain clients (`docs/protocol.md`, section 8).
struct HistoryRoutes {
    static let maximumMessages = 1_000
    static let maximumRooms = 200
    /// Bounds the work when messages are large or hidden: at most 5 MiB.
    static let maximumPages = 20
    /// As much as a search, which reads as many pages.
    static let cost = 5.0

    let log: any RoomLog
    let rooms: any RoomIndex
    let clientAddress: ClientAddress
    let addresses: AddressTable
    let metrics: EdgeMetrics
    let guests: any GuestTokens
    let group: any EventLoopGroup

    func add(to router: RouterGroup<EdgeRequestContext>) {
        router.get("/messages") { request, context in
            let query = try Query(request)
            let client = clientAddress.find(request, peer: context.peer)
            // Users who have signed in are limited one by one.
            if context.user?.isAccount != true, let wait = addresses.charge(client.counted, Self.cost, at: .now()) {
                metrics.limited(by: .address)
                return Response.text(
                    .tooManyRequests, "rate limit of your address exceeded, try again later",
                    headers: [.retryAfter: "\((wait + 999) / 1_000)"])
            }
            let reader = PageReader(
                log: log, room: query.room,
                reader: .recent(
                    of: client.counted, by: context.user,
                    from: guests.digest(of: client, for: context.user, in: query.room)),
                eventLoop: group.any())
            // Of a whole second: who asks within it asks for the same pages, which are then read once.
            let now = WallClock.milliseconds() / 1_000 * 1_000
            let since = now - Int64(query.minutes) * 60_000
            return try await messages(
                after: MessageID(ms: UInt64(max(0, since)), seq: 0), reader: reader, for: request)
        }
        router.get("/rooms") { request, _ in Response.json(try await recentRooms(), for: request) }
    }

    /// The first page is read before the response starts, so that an unavailable log still yields an error status.
    private func messages(after start: MessageID, reader: PageReader, for request: Request) async throws -> Response {
        let first: LogPage
        do {
            first = try await reader.read(after: start, limit: LogPage.maximumMessages)
        } catch let error as RelayError where error == .noRoom {
            // Like a room in which nobody has said anything.
            return .json(#"{"messages":[],"more":false}"#, for: request)
        } catch let error as RelayError where error.code == .banned {
            throw HTTPError(.forbidden, message: error.message)
        } catch {
            throw HTTPError(.serviceUnavailable, message: "cannot read the log, try again: \(error)")
        }
        let compressed = request.takesGzip
        let body = ResponseBody { writer in
            var page = first
            var written = 0
            var pages = 1
            let gzip = compressed ? Gzip(level: 1) : nil
            func form(_ bytes: ByteBuffer, isLast: Bool = false) -> ByteBuffer {
                gzip?.compress(bytes, isLast: isLast) ?? bytes
            }
            try await writer.write(form(ByteBuffer(string: #"{"messages":["#)))
            while true {
                let messages = page.messages.filter(\.isShown)
                try await writer.write(form(Self.encode(messages, continued: written > 0)))
                written += messages.count
                guard page.more, written < Self.maximumMessages, pages < Self.maximumPages,
                    let reached = page.reached
                else { break }
                pages += 1
                let limit = min(LogPage.maximumMessages, Self.maximumMessages - written)
                page = try await reader.read(after: reached, limit: limit)
            }
            try await writer.write(form(ByteBuffer(string: #"],"more":\#(page.more)}"#), isLast: true))
            try await writer.finish(nil)
        }
        var headers: HTTPFields = [
            .contentType: "application/json", .cacheControl: "no-store", .vary: "Accept-Encoding",
        ]
        if compressed { headers[.contentEncoding] = "gzip" }
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func encode(_ messages: [ChatMessage], continued: Bool) -> ByteBuffer {
        var json = ByteBuffer()
        for (index, message) in messages.enumerated() {
            if continued || index > 0 { json.writeString(",") }
            json.writeImmutableBuffer(encode(message).bytes)
        }
        return json
    }

    private static func encode(_ message: ChatMessage) -> JSONText {
        let re: JSONText = message.re.map { #","re":\#($0.description)"# } ?? ""
        let files: JSONText =
            message.files.isEmpty ? "" : #","files":\#(message.files.map { encode($0) })"#
        return #"""
            {"id":\#(message.id.description),"from":{"id":\#(message.user.description),"name":\#(message.name)},\#
            "text":\#(message.text),"ts":\#(message.ts),"type":\#((message.plain?.kind ?? .chat).rawValue)\#(re)\#(files)}
            """#
    }

    private static func encode(_ file: SharedFile) -> JSONText {
        #"""
        {"id":\#(file.id.description),"name":\#(file.name.description),"type":\#(file.type.description),\#
        "bytes":\#(file.bytes)}
        """#
    }

    private func recentRooms() async throws -> JSONText {
        let recent: [RoomActivity]
        do {
            recent = try await rooms.recentRooms(limit: Self.maximumRooms)
        } catch {
            throw HTTPError(.serviceUnavailable, message: "cannot read the list of rooms, try again: \(error)")
        }
        let list: [JSONText] = recent.map { #"{"room":\#($0.room.description),"lastActivity":\#($0.lastActivity)}"# }
        return #"{"rooms":\#(list)}"#
    }
}

extension ClientAddress {
    /// The client of a request.
    func find(_ request: Request, peer: IPAddress?) -> Found {
        let headers = HTTPHeaders(request.headers[values: .forwardedFor].map { ("X-Forwarded-For", $0) })
        return find(peer: peer, headers: headers)
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

/// Bridges the log's event loop callbacks to `async`.
private struct PageReader: Sendable {
    let log: any RoomLog
    let room: RoomName
    let reader: LogReader
    let eventLoop: any EventLoop

    func read(after: MessageID, limit: Int) async throws -> LogPage {
        try await withCheckedThrowingContinuation { continuation in
            eventLoop.execute {
                let range = LogRange.forward(after: after, through: nil, limit: limit)
                log.read(range, of: room, for: reader, on: eventLoop) { result in
                    continuation.resume(with: result.mapError { $0 as any Error })
                }
            }
        }
    }
}
