import ChatModel
import CoreMetrics
import Files
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/files/…`: takes the bytes of files, and gives them to everybody who knows a file's id (`docs/protocol.md`,
/// section 15).
struct FileRoutes {
    static let path = "/files/"
    /// In seconds.
    private static let retry = "5"

    let directory: FileDirectory
    let files: FileServices
    let clientAddress: ClientAddress

    func add(to router: Router<EdgeRequestContext>) {
        router.put("/files/:room/:id") { request, context in
            let (response, result) = await put(request, context)
            files.metrics.uploaded(result)
            return response
        }
        router.get("/files/:room/:id/:name") { request, context in try await get(request, context) }
    }

    static func place(_ context: EdgeRequestContext) -> (room: RoomName, id: FileID)? {
        guard let room = context.parameters.get("room").flatMap({ RoomName($0) }),
            let id = context.parameters.get("id").flatMap({ FileID($0) })
        else { return nil }
        return (room, id)
    }

    // MARK: Upload

    private func put(
        _ request: Request, _ context: EdgeRequestContext
    ) async -> (Response, FileMetrics.UploadResult) {
        guard let (room, id) = Self.place(context) else { return (.text(.notFound, "not found"), .refused) }
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else {
            return (.text(.lengthRequired, "send the length of the file, not chunks"), .refused)
        }
        let prefix = "Bearer "
        guard let header = request.headers[.authorization], header.hasPrefix(prefix),
            let ticket = files.open(String(header.dropFirst(prefix.count))), ticket.file.id == id,
            ticket.room == room.description
        else {
            return (
                .text(
                    .unauthorized, "send Authorization: Bearer with the ticket of this upload",
                    headers: [.wwwAuthenticate: "Bearer"]), .refused
            )
        }
        guard length == ticket.file.bytes else {
            let status = length > ticket.file.bytes ? HTTPResponse.Status.contentTooLarge : .badRequest
            return (.text(status, "the ticket is for a file of \(ticket.file.bytes) bytes"), .refused)
        }
        let address = clientAddress.find(request, peer: context.peer).counted
        let place: TransferPlaces.Place
        switch files.uploads.take(address, for: id) {
        case .success(let taken): place = taken
        case .failure(let refusal): return (Self.answer(to: refusal), .crowded)
        }
        defer { withExtendedLifetime(place) {} }
        if let wait = files.take(length, by: UserID(ticket.user), at: address) {
            let seconds = String(max(1, wait / 1_000))
            return (
                .text(
                    .tooManyRequests, "you have uploaded too much within an hour", headers: [.retryAfter: seconds]),
                .limited
            )
        }
        guard files.usage.reserve(length) else { return (Self.full, .full) }
        var isStored = false
        defer { files.usage.release(length, isStored: isStored) }
        do {
            switch try await directory.store(ticket.file, in: room, body: request.body) {
            case .stored:
                isStored = true
                files.worked()
                return (.text(.created, "stored"), .stored)
            case .known: return (.text(.ok, "stored before"), .known)
            }
        } catch let error as FileError {
            if error.code == .failed { files.failed(error) }
            return Self.answer(to: error)
        } catch {
            // The connection was lost.
            return Self.answer(to: .init(.incomplete, "the body ended early"))
        }
    }

    private static func answer(to refusal: TransferPlaces.Refusal) -> Response {
        let (status, text): (HTTPResponse.Status, String) =
            switch refusal {
            case .address: (.tooManyRequests, "too many transfers from your address at once")
            case .node: (.serviceUnavailable, "too many transfers at once")
            case .file: (.conflict, "this file is being uploaded")
            }
        return .text(status, text, headers: [.retryAfter: retry])
    }

    private static let full = Response.text(.init(code: 507), "no space for more files")

    private static func answer(to error: FileError) -> (Response, FileMetrics.UploadResult) {
        switch error.code {
        case .incomplete: (.text(.badRequest, error.description), .incomplete)
        case .tooLong: (.text(.contentTooLarge, error.description), .refused)
        case .conflict: (.text(.conflict, error.description), .refused)
        case .raced: (answer(to: .file), .refused)
        case .wrongType: (.text(.unsupportedMediaType, error.description), .refused)
        case .full: (full, .full)
        case .failed:
            (
                .text(
                    .serviceUnavailable, "the file cannot be stored now, try again", headers: [.retryAfter: retry]),
                .failed
            )
        }
    }

    // MARK: Download

    private func get(_ request: Request, _ context: EdgeRequestContext) async throws -> Response {
        guard let (room, id) = Self.place(context) else { throw HTTPError(.notFound) }
        let found: FileDirectory.Found
        do {
            guard let known = try await directory.find(id, of: room) else { throw HTTPError(.notFound) }
            found = known
        } catch let error as FileError {
            files.failed(error)
            files.metrics.downloaded(.failed)
            return Self.unavailable("the file cannot be read now, try again")
        }
        let tag = "\"\(id)\""
        var headers: HTTPFields = [
            .contentType: found.type?.description ?? "application/octet-stream", .eTag: tag, .acceptRanges: "bytes",
            // What an id stands for never changes.
            .cacheControl: "private, max-age=31536000, immutable",
            // Even of a file that a browser would run, nothing runs, and it is not on our origin.
            .contentSecurityPolicy: "default-src 'none'; sandbox",
            .contentDisposition: Self.disposition(of: request, type: found.type),
            .contentLength: String(found.bytes),
        ]
        if request.headers[.ifNoneMatch].map({ $0 == "*" || $0.contains(tag) }) ?? false {
            headers[.contentLength] = nil
            return Response(status: .notModified, headers: headers)
        }
        var part = 0..<found.bytes
        var status = HTTPResponse.Status.ok
        if let range = request.headers[.range], request.headers[.ifRange].map({ $0 == tag }) ?? true,
            let asked = ByteRange(range, of: found.bytes)
        {
            guard case .part(let offsets) = asked else {
                return .text(
                    .rangeNotSatisfiable, "the file has \(found.bytes) bytes",
                    headers: [.contentRange: "bytes */\(found.bytes)"])
            }
            part = offsets
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(found.bytes)"
            headers[.contentLength] = String(part.count)
        }
        switch files.downloads.take(clientAddress.find(request, peer: context.peer).counted) {
        case .failure:
            files.metrics.downloaded(.crowded)
            return Self.unavailable("too many downloads at once")
        case .success(let place):
            let body = ResponseBody(contentLength: part.count) { [files, part, channel = context.channel] writer in
                defer { withExtendedLifetime(place) {} }
                let watch = StallWatch(channel, limit: files.stallLimit)
                do {
                    try await directory.read(id, of: room, range: part) {
                        try await writer.write($0)
                        watch.progressed()
                    }
                    try await writer.finish(nil)
                    _ = watch.end()
                    files.metrics.downloaded(.sent)
                    files.worked()
                } catch {
                    let hasStalled = watch.end()
                    if let error = error as? FileError { files.failed(error) }
                    files.metrics.downloaded(hasStalled ? .stalled : error is FileError ? .failed : .incomplete)
                    throw error
                }
            }
            return Response(status: status, headers: headers, body: body)
        }
    }

    static func unavailable(_ text: String) -> Response {
        .text(.serviceUnavailable, text, headers: [.retryAfter: retry])
    }

    /// With the query `download`, a picture is not shown either.
    static func disposition(of request: Request, type: SharedFile.MediaType?) -> String {
        disposition(of: request.uri.path, isShown: type != nil && request.uri.query != "download")
    }

    /// By RFC 6266, with the name that the path ends with, encoded as RFC 5987 says.
    static func disposition(of path: String, isShown: Bool) -> String {
        let last = path[(path.lastIndex(of: "/") ?? path.startIndex)...].dropFirst()
        let name = String(last).removingPercentEncoding.flatMap { FileName($0) }?.description ?? "file"
        var encoded = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return "\(isShown ? "inline" : "attachment"); filename*=UTF-8''\(encoded)"
    }
}
