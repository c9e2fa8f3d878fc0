import NIOHTTP1

/// Why a WebSocket request gets an HTTP error: the response, for client developers.
struct UpgradeRefusal: Error, Hashable {
    let status: HTTPResponseStatus
    let text: String
    let header: Header?
    /// How it is counted: `refused` for a valid handshake, `upgradeFailed` for an unsupported one.
    let counted: EdgeMetrics.UpgradeStatus

    struct Header: Hashable {
        let name: String
        let value: String
    }

    private init(
        _ status: HTTPResponseStatus, _ counted: EdgeMetrics.UpgradeStatus, _ text: String, header: Header? = nil
    ) {
        self.status = status
        self.text = text
        self.header = header
        self.counted = counted
    }

    static let notGet = UpgradeRefusal(
        .methodNotAllowed, .upgradeFailed, "use GET to open a WebSocket", header: .init(name: "Allow", value: "GET"))
    static let notAnUpgrade = UpgradeRefusal(
        .upgradeRequired, .upgradeFailed,
        "open a WebSocket with HTTP/1.1, Connection: Upgrade and Upgrade: websocket",
        header: .init(name: "Upgrade", value: "websocket"))
    static let badKey = UpgradeRefusal(
        .badRequest, .upgradeFailed, "send exactly one Sec-WebSocket-Key: 16 bytes in base64")
    static let badVersion = UpgradeRefusal(
        .upgradeRequired, .upgradeFailed, "Sec-WebSocket-Version must be 13",
        header: .init(name: "Sec-WebSocket-Version", value: "13"))
    static let hasBody = UpgradeRefusal(.badRequest, .upgradeFailed, "a WebSocket handshake must not have a body")
    static let badSubprotocol = UpgradeRefusal(
        .badRequest, .upgradeFailed, "offer the subprotocol \(UpgradeGate.subprotocol), or none for plain mode")
    static let badRoom = UpgradeRefusal(
        .badRequest, .upgradeFailed, "room must have 1 to 64 of a-z 0-9 _ - and begin with a-z or 0-9")
    static let cannotSignIn = UpgradeRefusal(
        .unauthorized, .refused, "users must sign in: offer the subprotocol \(UpgradeGate.subprotocol)",
        header: .init(name: "WWW-Authenticate", value: "Bearer"))
    static let forgedUser = UpgradeRefusal(
        .badRequest, .refused, "only a proxy of TRUSTED_PROXIES may send the headers that name the user, each once")
    static let foreignOrigin = UpgradeRefusal(
        .forbidden, .refused, "pages from this origin may not connect: see ALLOWED_ORIGINS")
    static let tooManyOfAddress = UpgradeRefusal(
        .tooManyRequests, .refused, "too many open sockets from this address",
        header: .init(name: "Retry-After", value: "30"))
    static let full = UpgradeRefusal(
        .serviceUnavailable, .refused, "this node has reached its limit of sockets",
        header: .init(name: "Retry-After", value: "10"))
    static let noMemory = UpgradeRefusal(
        .serviceUnavailable, .refused, "this node has reached its memory limit",
        header: .init(name: "Retry-After", value: "10"))
    static let draining = UpgradeRefusal(
        .serviceUnavailable, .refused, "this node is shutting down", header: .init(name: "Retry-After", value: "1"))
}
