import ChatModel
import ChatProtocol
import Files
import NIOCore
import Sealing

/// What a socket's frames do with files: uploads are allowed, and the tickets of messages opened (`docs/protocol.md`,
/// section 15). Confined to the socket's event loop.
struct FileRequests {
    let services: SocketServices

    /// What the node can check before the room is asked.
    func check(_ upload: FileUpload) throws(FrameError) {
        let most = try files(in: upload.room, key: upload.key).maximumBytes
        guard upload.bytes <= most else {
            throw FrameError(
                .tooLong, "a file must have at most \(most) bytes", room: upload.room.description, key: upload.key)
        }
    }

    /// The room lets the user send the file.
    /// - `address`: of the client.
    func allow(_ upload: FileUpload, by user: UserID, at address: String) -> ServerFrame {
        do throws(FrameError) {
            let files = try files(in: upload.room, key: upload.key)
            guard files.usage.admits(upload.bytes) else {
                files.metrics.uploaded(.full)
                throw refusal(of: upload, .unavailable, "no space for more files", after: 60_000)
            }
            let now = NIODeadline.now()
            if let wait = files.users.take(upload.bytes, for: user.description, at: now) {
                throw limited(upload, "your upload limit is exceeded, try again later", after: wait)
            }
            if !user.isAccount, let wait = files.addresses.take(upload.bytes, for: address, at: now) {
                throw limited(upload, "upload limit of your address exceeded, try again later", after: wait)
            }
            guard let (id, ticket) = files.ticket(for: upload, by: user),
                let put = files.put(upload, as: id, ticket: ticket)
            else { throw refusal(of: upload, .unavailable, "try again", after: 1_000) }
            return .upload(
                .init(
                    room: upload.room, key: upload.key, file: ticket, put: put, expiresIn: Int(FileTicket.validSeconds))
            )
        } catch {
            return .error(error)
        }
    }

    /// The files of a message.
    func open(
        _ tickets: [String], by user: UserID, in room: RoomName, key: String
    ) throws(FrameError) -> [SharedFile] {
        guard !tickets.isEmpty else { return [] }
        let services = try files(in: room, key: key)
        var files: [SharedFile] = []
        for text in tickets {
            guard let ticket = services.open(text), ticket.room == room.description, ticket.user == user.description,
                !files.contains(where: { $0.id == ticket.file.id })
            else {
                throw FrameError(
                    .badRequest,
                    "files must be tickets of your own uploads to this room, of the last two hours, each once",
                    room: room.description, key: key)
            }
            files.append(ticket.file)
        }
        return files
    }

    private func files(in room: RoomName, key: String) throws(FrameError) -> FileServices {
        guard let files = services.files else {
            throw FrameError(.badRequest, "this server takes no files", room: room.description, key: key)
        }
        return files
    }

    private func limited(_ upload: FileUpload, _ message: String, after wait: Int) -> FrameError {
        services.metrics.limited(by: .files)
        return refusal(of: upload, .rateLimited, message, after: wait)
    }

    private func refusal(of upload: FileUpload, _ code: ErrorCode, _ message: String, after wait: Int) -> FrameError {
        FrameError(code, message, room: upload.room.description, key: upload.key, retryAfterMs: wait)
    }
}
