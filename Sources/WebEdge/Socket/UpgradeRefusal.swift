import NIOHTTP1

/// Why a request for a WebSocket gets an HTTP error instead: the answer, in words for whoever writes a client.
struct UpgradeRefusal: Error, Hashable {
    let status: HTTPResponseStatus
    let text: String
    let header: Header?
    /// How it is counted: `refused` was a good handshake that we do not want, `upgradeFailed` is none that we speak.
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
        .methodNotAllowed, .upgradeFailed, "a WebSocket is opened by GET", header: .init(name: "Allow", value: "GET"))
    static let notAnUpgrade = UpgradeRefusal(
        .upgradeRequired, .upgradeFailed,
        "a WebSocket is opened by a request of HTTP/1.1 with Connection: Upgrade and Upgrade: websocket",
        header: .init(name: "Upgrade", value: "websocket"))
    static let badKey = UpgradeRefusal(
        .badRequest, .upgradeFailed, "Sec-WebSocket-Key must be there once: 16 bytes in base64")
    static let badVersion = UpgradeRefusal(
        .upgradeRequired, .upgradeFailed, "Sec-WebSocket-Version must be 13",
        header: .init(name: "Sec-WebSocket-Version", value: "13"))
    static let hasBody = UpgradeRefusal(.badRequest, .upgradeFailed, "a WebSocket handshake has no body")
    static let badSubprotocol = UpgradeRefusal(
        .badRequest, .upgradeFailed, "offer the subprotocol \(UpgradeGate.subprotocol), or none for plain mode")
    static let badRoom = UpgradeRefusal(
        .badRequest, .upgradeFailed, "room must be 1 to 64 of a-z, 0-9, - and _, and begin with a letter or digit")
    static let foreignOrigin = UpgradeRefusal(
        .forbidden, .refused, "pages of this origin may not connect here: see ALLOWED_ORIGINS")
    static let tooManyOfAddress = UpgradeRefusal(
        .tooManyRequests, .refused, "too many open sockets from this address",
        header: .init(name: "Retry-After", value: "30"))
    static let full = UpgradeRefusal(
        .serviceUnavailable, .refused, "this node is full", header: .init(name: "Retry-After", value: "10"))
    static let noMemory = UpgradeRefusal(
        .serviceUnavailable, .refused, "this node has no memory for more",
        header: .init(name: "Retry-After", value: "10"))
    static let draining = UpgradeRefusal(
        .serviceUnavailable, .refused, "this node is shutting down", header: .init(name: "Retry-After", value: "1"))
}
