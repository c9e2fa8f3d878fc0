import Actors
import ChatModel
import ChatProtocol
import NIOCore
import Sealing

/// Answers the frames of a socket about its user's other devices: how far rooms are read, and links by which a guest
/// goes on elsewhere (`docs/protocol.md`, section 14).
///
/// Owned by the `SocketSession` once there is such a frame.
// Confined to the socket's event loop.
final class DeviceRequests: @unchecked Sendable {
    /// What is said of several rooms is stored together.
    private static let gathering = TimeAmount.milliseconds(50)

    private unowned let socket: SocketHandler
    private let services: SocketServices
    private let user: UserID
    private let isGuest: Bool
    /// Not stored yet. Of no more rooms than a socket can be in.
    private var unsaved: [RoomName: RoomPosition] = [:]
    /// Runs until the first time to store them, and during the pauses.
    private var timer: Scheduled<Void>?

    init(of user: UserID, isGuest: Bool, on socket: SocketHandler, services: SocketServices) {
        self.socket = socket
        self.services = services
        self.user = user
        self.isGuest = isGuest
    }

    /// - `name`: the user's, now.
    func handle(
        _ request: ClientFrame.DeviceRequest, as name: String, in rooms: [RoomName: ConnectionRef]
    ) throws(FrameError) {
        switch request {
        case .read(let read):
            guard rooms[read.room] != nil else { throw FrameError.notJoined(read.room, key: nil) }
            note(read)
        case .reads: tellPositions()
        case .link(let key): try makeLink(name: name, key: key)
        case .look(let token, let key):
            let link = try open(token, key: key)
            let owner = User(id: UserID(link.user), name: link.name)
            socket.write(.link(.init(key: key, user: owner, expiresIn: Int(link.endsAt - now))))
        case .take(let token, let key): take(try open(token, key: key), key: key)
        case .push(let device, let key): try keep(device, as: name, key: key)
        case .endPush(let endpoint, let key): endPush(to: endpoint, key: key)
        }
    }

    /// The socket ends, and the user may go on reading on another device.
    func end() {
        timer?.cancel()
        save()
        services.metrics.didRead(.dropped, unsaved.count)
        unsaved = [:]
    }

    /// The user may not be in the room any more.
    func forget(_ room: RoomName) { unsaved[room] = nil }

    // MARK: What was read

    private func note(_ read: ReadPosition) {
        keep(read)
        if timer == nil { wait(Self.gathering) }
    }

    private func keep(_ read: ReadPosition) {
        guard unsaved[read.room] != nil || unsaved.count < services.configuration.rooms else {
            return services.metrics.didRead(.dropped, 1)
        }
        if ReadPosition.isFurther(read.position, than: unsaved[read.room]) { unsaved[read.room] = read.position }
    }

    private func saveAndPause() {
        timer = nil
        guard !unsaved.isEmpty else { return }
        save()
        wait(services.configuration.readPause)
    }

    private func wait(_ time: TimeAmount) {
        timer = socket.eventLoop.scheduleTask(in: time) { [weak self] in self?.saveAndPause() }
    }

    /// What is put off, or could not be stored, waits for the end of the next pause.
    private func save() {
        guard !unsaved.isEmpty else { return }
        guard services.readLimit.takeSpare(1, at: .now()) else {
            return services.metrics.didRead(.delayed, unsaved.count)
        }
        let positions = unsaved.map { ReadPosition(room: $0.key, position: $0.value) }
        unsaved = [:]
        let origin = SocketOrigin(node: services.nodeName, socket: socket.id)
        services.rooms.devices.read(positions, by: user, at: origin, on: socket.eventLoop) {
            [weak self, metrics = services.metrics] result in
            switch result {
            case .success: metrics.didRead(.stored, positions.count)
            case .failure:
                metrics.didRead(.failed, positions.count)
                for read in positions { self?.keep(read) }
            }
        }
    }

    private func tellPositions() {
        services.rooms.devices.positions(of: user, on: socket.eventLoop) { [weak socket] result in
            // Without them, a device shows as unread what was read on another.
            guard let positions = try? result.get() else { return }
            for position in positions { socket?.write(.read(position)) }
        }
    }

    // MARK: Links

    private func makeLink(name: String, key: String) throws(FrameError) {
        guard isGuest else { throw FrameError(.forbidden, "sign in on the other device", key: key) }
        let link = DeviceLink(
            user: user.description, name: name, endsAt: now + Int64(DeviceLink.validSeconds))
        guard let token = try? services.links.seal(link) else { throw .tryAgain(key: key) }
        socket.write(.link(.init(key: key, token: token, expiresIn: DeviceLink.validSeconds)))
    }

    private func take(_ link: DeviceLink, key: String) {
        let owner = User(id: UserID(link.user), name: link.name)
        services.rooms.devices.take(link: link.id, to: owner.id, on: socket.eventLoop) {
            [weak socket, tokens = services.tokens] result in
            switch result {
            case .success(true):
                socket?.write(.linked(.init(key: key, user: owner, token: tokens.issue(to: owner.id))))
            case .success(false): socket?.write(.error(.noLink(key: key)))
            case .failure: socket?.write(.error(.tryAgain(key: key)))
            }
        }
    }

    // MARK: Push messages

    private func keep(_ device: PushDevice, as name: String, key: String) throws(FrameError) {
        guard let offer = services.push else {
            throw FrameError(.badRequest, "this server sends no push messages", key: key)
        }
        guard offer.hosts.accepts(device.endpoint) else {
            throw FrameError(.forbidden, "this server does not use that push service", key: key)
        }
        guard device.serverKey == offer.key else {
            throw FrameError(.badRequest, "serverKey must be the key in welcome", key: key)
        }
        guard let publicKey = Base64URL.decode(device.publicKey.utf8),
            let secret = Base64URL.decode(device.secret.utf8),
            PushSealer(publicKey: publicKey, secret: secret) != nil
        else { throw FrameError(.badRequest, "p256dh and auth must be a browser's keys in base64url", key: key) }
        services.rooms.pushes.keep(device, of: User(id: user, name: name), on: socket.eventLoop) {
            [weak socket] in socket?.write(Self.answer($0, key: key, on: true))
        }
    }

    private func endPush(to endpoint: String, key: String) {
        services.rooms.pushes.remove(endpoint: endpoint, of: user, on: socket.eventLoop) {
            [weak socket] in socket?.write(Self.answer($0, key: key, on: false))
        }
    }

    private static func answer(_ result: Result<Void, RelayError>, key: String, on: Bool) -> ServerFrame {
        switch result {
        case .success: .push(key: key, on: on)
        case .failure: .error(.tryAgain(key: key))
        }
    }

    /// Only guests may use a link: a signed-in user keeps the account.
    private func open(_ token: String, key: String) throws(FrameError) -> DeviceLink {
        guard isGuest else { throw FrameError(.forbidden, "sign out first", key: key) }
        guard let link = services.links.open(token, now: now) else { throw .noLink(key: key) }
        return link
    }

    private var now: Int64 { WallClock.milliseconds() / 1_000 }
}

extension FrameError {
    fileprivate static func noLink(key: String) -> FrameError {
        FrameError(.notFound, "the link was used or has ended", key: key)
    }

    fileprivate static func tryAgain(key: String) -> FrameError {
        FrameError(.unavailable, "try again", key: key, retryAfterMs: 1_000)
    }
}
