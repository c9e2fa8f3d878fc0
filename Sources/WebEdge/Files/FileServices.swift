import ChatModel
import ChatProtocol
import CoreMetrics
package import Files
package import Logging
package import NIOCore
import Operations
package import Sealing
import Supervision
import Synchronization

/// What a node that takes files needs for them. Made once by the node.
package final class FileServices: Sendable {
    let place: FilePlace
    private let sweeper: FileSweeper
    let usage: FileUsage
    let metrics: FileMetrics
    let maximumBytes: Int
    let users: UploadQuota
    /// Users who have signed in are limited one by one.
    let addresses: UploadQuota
    let uploads: TransferPlaces
    let downloads: TransferPlaces
    /// How long a download may make no progress.
    let stallLimit: TimeAmount
    /// A ticket is charged once; how often it is used has its own limit, twice as high.
    private let transfersOfUsers: UploadQuota
    private let transfersOfAddresses: UploadQuota
    private let logger: Logger
    private let outage = Mutex(OutageReport())
    private let sealer: FileTicketSealer

    package init(
        _ configuration: FileConfiguration, in place: FilePlace, sweeper: FileSweeper, usage: FileUsage,
        sealer: FileTicketSealer, metrics: FileMetrics, stallLimit: TimeAmount = .seconds(30), logger: Logger
    ) {
        self.logger = logger
        self.place = place
        self.sweeper = sweeper
        self.usage = usage
        self.sealer = sealer
        self.metrics = metrics
        self.stallLimit = stallLimit
        uploads = TransferPlaces(most: 64, mostOfAddress: 8) { metrics.uploading.set(Double($0)) }
        downloads = TransferPlaces(most: 512, mostOfAddress: 64) { metrics.downloading.set(Double($0)) }
        transfersOfUsers = UploadQuota(megabytesPerHour: 2 * configuration.megabytesPerUser)
        transfersOfAddresses = UploadQuota(megabytesPerHour: 2 * configuration.megabytesPerAddress)
        maximumBytes = configuration.maximumBytes
        users = UploadQuota(megabytesPerHour: configuration.megabytesPerUser)
        addresses = UploadQuota(megabytesPerHour: configuration.megabytesPerAddress)
    }

    /// - Returns: `nil`: OpenSSL is out of memory.
    func ticket(for upload: FileUpload, by user: UserID) -> (id: FileID, text: String)? {
        let ticket = FileTicket(
            room: upload.room.description, user: user.description, name: upload.name.description,
            type: upload.type.description, bytes: upload.bytes, width: upload.size?.width ?? 0,
            height: upload.size?.height ?? 0, endsAt: Self.now + FileTicket.validSeconds)
        guard let id = FileID(ticket.id), let text = try? sealer.seal(ticket) else { return nil }
        return (id, text)
    }

    /// What sends the bytes of a file.
    /// - Returns: `nil`: OpenSSL is out of memory.
    func put(_ upload: FileUpload, as id: FileID, ticket: String) -> ServerFrame.Upload.Put? {
        switch place {
        case .directory:
            return .init(
                // Relative to the page, which may be under a path of its host.
                url: "\(FileRoutes.path.dropFirst())\(upload.room)/\(id)",
                headers: [
                    .init(name: "Authorization", value: "Bearer \(ticket)"),
                    .init(name: "Content-Type", value: upload.type.description),
                ])
        case .bucket(let bucket):
            guard let put = bucket.upload(id, of: upload.room, bytes: upload.bytes) else { return nil }
            usage.granted(upload.bytes)
            return .init(url: put.url, headers: put.headers.map { .init(name: $0.name, value: $0.value) })
        }
    }

    /// Of the body of an upload, at most; `nil`: none comes to this node.
    var uploadBytes: Int? { if case .directory = place { maximumBytes } else { nil } }

    /// - Returns: `nil`: it is forged or has ended.
    func open(_ ticket: String) -> (file: SharedFile, room: String, user: String)? {
        guard let ticket = sealer.open(ticket, now: Self.now), let id = FileID(ticket.id),
            let name = FileName(ticket.name), let type = SharedFile.MediaType(ticket.type)
        else { return nil }
        let size = PixelSize(width: ticket.width, height: ticket.height)
        return (
            SharedFile(id: id, name: name, type: type, bytes: ticket.bytes, size: size), ticket.room, ticket.user
        )
    }

    /// Another transfer with a ticket.
    /// - Returns: after how many milliseconds there may be one; `nil`: now.
    func take(_ bytes: Int, by user: UserID, at address: String) -> Int? {
        let now = NIODeadline.now()
        if let wait = transfersOfUsers.take(bytes, for: user.description, at: now) { return wait }
        return user.isAccount ? nil : transfersOfAddresses.take(bytes, for: address, at: now)
    }

    /// Something was stored or read.
    func worked() {
        guard outage.withLock({ $0.ended(now: .now) }) != nil else { return }
        logger.notice("files are stored and read again")
    }

    func failed(_ error: FileError) {
        guard outage.withLock({ $0.failed(now: .now) }) != .nothing else { return }
        logger.warning("files cannot be stored or read", metadata: [LogKey.error: "\(error)"])
    }

    /// Messages of the room are about to be deleted.
    func sweepSoon(_ room: RoomName) { sweeper.note(room) }

    private static var now: Int64 { WallClock.milliseconds() / 1_000 }
}
