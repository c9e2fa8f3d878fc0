import ChatModel
package import Files
package import Sealing

/// What a node that takes files needs for them. Made once by the node.
package final class FileServices: Sendable {
    let store: FileDirectory
    private let sweeper: FileSweeper
    let usage: FileUsage
    let metrics: FileMetrics
    let maximumBytes: Int
    let users: UploadQuota
    /// Users who have signed in are limited one by one.
    let addresses: UploadQuota
    let places = UploadPlaces()
    private let sealer: FileTicketSealer

    package init(
        _ configuration: FileConfiguration, store: FileDirectory, sweeper: FileSweeper, usage: FileUsage,
        sealer: FileTicketSealer, metrics: FileMetrics
    ) {
        self.store = store
        self.sweeper = sweeper
        self.usage = usage
        self.sealer = sealer
        self.metrics = metrics
        maximumBytes = configuration.maximumBytes
        users = UploadQuota(megabytesPerHour: configuration.megabytesPerUser)
        addresses = UploadQuota(megabytesPerHour: configuration.megabytesPerAddress)
    }

    /// - Returns: `nil`: OpenSSL is out of memory.
    func ticket(for upload: FileUpload, by user: UserID) -> (id: String, text: String)? {
        let ticket = FileTicket(
            room: upload.room.description, user: user.description, name: upload.name.description,
            type: upload.type.description, bytes: upload.bytes, width: upload.size?.width ?? 0,
            height: upload.size?.height ?? 0, endsAt: Self.now + FileTicket.validSeconds)
        return (try? sealer.seal(ticket)).map { (ticket.id, $0) }
    }

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

    /// Messages of the room are about to be deleted.
    func sweepSoon(_ room: RoomName) { sweeper.note(room) }

    private static var now: Int64 { WallClock.milliseconds() / 1_000 }
}
