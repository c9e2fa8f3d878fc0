import Actors
import ChatModel
import Foundation
import NIOCore
import NIOHTTP1

/// Reads the head of a request for a WebSocket, and says what is agreed on or why not (RFC 6455, section 4.2).
/// Pure: the same head from the same peer always gets the same answer; open sockets are counted by `SocketAdmission`.
struct UpgradeGate: Sendable {
    static let path = "/ws"
    private static let echoPath = "/echo"
    static let subprotocol = "webchat.v1"

    /// What both sides agreed on.
    struct Handshake: Hashable, Sendable {
        let mode: JoinRequest.Mode
        let room: RoomName
        let address: String
        /// Nothing of the chat: `EchoHandler`.
        var isEcho = false
    }

    let allowedOrigins: Set<String>?
    let clientAddress: ClientAddress
    var servesEcho = false

    /// Whether the head asks for a WebSocket at a path of ours, rightly or not.
    func concerns(_ head: HTTPRequestHead) -> Bool {
        (Self.path(of: head) == Self.path || isEcho(head))
            && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    private func isEcho(_ head: HTTPRequestHead) -> Bool { servesEcho && Self.path(of: head) == Self.echoPath }

    private static func path(of head: HTTPRequestHead) -> Substring { head.uri.prefix { $0 != "?" } }

    func handshake(_ head: HTTPRequestHead, peer: SocketAddress?) throws(UpgradeRefusal) -> Handshake {
        guard head.method == .GET else { throw .notGet }
        guard head.version == .http1_1,
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else { throw .notAnUpgrade }
        guard !head.headers.contains(name: "Transfer-Encoding"),
            head.headers["Content-Length"].allSatisfy({ $0 == "0" })
        else { throw .hasBody }

        let keys = head.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else { throw .badKey }
        guard head.headers["Sec-WebSocket-Version"] == ["13"] else { throw .badVersion }
        guard mayConnect(head.headers) else { throw .foreignOrigin }

        let address = clientAddress.find(peer: peer, forwardedFor: head.headers[canonicalForm: "X-Forwarded-For"])
        if isEcho(head) { return Handshake(mode: .plain, room: .lobby, address: address, isEcho: true) }
        let offered = head.headers[canonicalForm: "Sec-WebSocket-Protocol"]
        guard offered.isEmpty || offered.contains(where: { $0 == Self.subprotocol }) else { throw .badSubprotocol }
        return offered.isEmpty
            ? Handshake(mode: .plain, room: try room(head.uri), address: address)
            : Handshake(mode: .v1, room: .lobby, address: address)
    }

    private func room(_ uri: String) throws(UpgradeRefusal) -> RoomName {
        guard let asked = URLComponents(string: uri)?.queryItems?.first(where: { $0.name == "room" }) else {
            return .lobby
        }
        guard let room = RoomName(asked.value ?? "") else { throw .badRoom }
        return room
    }

    /// Browsers name the page's origin, and no page can forge it; whoever is no browser need not name any.
    private func mayConnect(_ headers: HTTPHeaders) -> Bool {
        let origins = headers["Origin"]
        guard let origin = origins.first else { return true }
        guard origins.count == 1, origin != "null" else { return false }
        if let allowedOrigins { return allowedOrigins.contains(origin) }

        let hosts = headers["Host"]
        guard let url = URLComponents(string: origin), let scheme = url.scheme, let originHost = url.host,
            hosts.count == 1, let own = URLComponents(string: "\(scheme)://\(hosts[0])"), let ownHost = own.host
        else { return false }
        let standard = ["http": 80, "https": 443][scheme.lowercased()]
        return originHost.lowercased() == ownHost.lowercased() && (url.port ?? standard) == (own.port ?? standard)
    }
}

/// Whose connection it is, when proxies stand between.
struct ClientAddress: Sendable {
    let trustedProxies: [AddressBlock]

    /// Each proxy appends the address it was called from. Read from the right, the first one that is no trusted proxy
    /// is the client; whatever stands left of it, the client may have written itself.
    func find(peer: SocketAddress?, forwardedFor: [Substring]) -> String {
        guard let peer = peer.flatMap(IPAddress.init) else { return "unknown" }
        var client = peer
        for hop in forwardedFor.reversed() {
            guard trustedProxies.contains(where: { $0.contains(client) }), let next = IPAddress(String(hop)) else {
                break
            }
            client = next
        }
        return client.description
    }
}
