import Actors
import ChatModel
import Foundation
import NIOHTTP1

/// Reads the head of a WebSocket request, and decides what is agreed on or why it is refused (RFC 6455, section 4.2).
/// Pure: the same head from the same peer always gets the same answer; open sockets are counted by `SocketAdmission`.
struct UpgradeGate: Sendable {
    static let path = "/ws"
    private static let echoPath = "/echo"
    static let subprotocol = "webchat.v1"

    /// What both sides agreed on.
    struct Handshake: Hashable, Sendable {
        /// `Sec-WebSocket-Key`.
        let key: String
        let mode: JoinRequest.Mode
        let room: RoomName
        let client: ClientAddress.Found
        /// Whom the proxy has let in.
        var user: TokenHolder?
        /// Served by `EchoHandler`, without chat.
        var isEcho = false
    }

    let origins: OriginCheck
    let clientAddress: ClientAddress
    var servesEcho = false
    /// Everybody must sign in, which plain clients cannot.
    var refusesPlain = false
    var userHeaders: UserHeaders?
    /// Of a file, at most; `nil`: the node takes none.
    var uploadBytes: Int?

    /// Whether the head asks for a WebSocket at one of our paths, correctly or not.
    func concerns(_ head: HTTPRequestHead) -> Bool {
        (Self.path(of: head) == Self.path || isEcho(head))
            && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    /// How long the body is, if it is a file's that may be read. No other body is.
    func uploadLength(_ head: HTTPRequestHead) -> Int? {
        guard let uploadBytes, head.method == .PUT, head.version == .http1_1, head.uri.hasPrefix(FileRoutes.path),
            !head.headers.contains(name: "Transfer-Encoding"), !head.headers.contains(name: "Upgrade"),
            let length = head.headers["Content-Length"].first.flatMap({ Int($0) }), (1...uploadBytes).contains(length)
        else { return nil }
        return length
    }

    /// As llhttp reads it, NIO's parser, which must stop after the same handshakes: only spaces and commas separate.
    private static func isUpgrade(_ headers: HTTPHeaders) -> Bool {
        headers["Connection"].contains { value in
            value.split(separator: ",").contains { $0.trimmed { $0 == " " }.lowercased() == "upgrade" }
        }
    }

    private func isEcho(_ head: HTTPRequestHead) -> Bool { servesEcho && Self.path(of: head) == Self.echoPath }

    private static func path(of head: HTTPRequestHead) -> Substring { head.uri.prefix { $0 != "?" } }

    func handshake(_ head: HTTPRequestHead, peer: IPAddress?) throws(UpgradeRefusal) -> Handshake {
        guard head.method == .GET else { throw .notGet }
        guard head.version == .http1_1, Self.isUpgrade(head.headers) else { throw .notAnUpgrade }
        guard !head.headers.contains(name: "Transfer-Encoding"),
            head.headers["Content-Length"].allSatisfy({ $0 == "0" })
        else { throw .hasBody }

        let keys = head.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else { throw .badKey }
        guard head.headers["Sec-WebSocket-Version"] == ["13"] else { throw .badVersion }
        let behindProxy = peer.map(clientAddress.trusts) ?? false
        guard origins.passes(head.headers, behindProxy: behindProxy) else { throw .foreignOrigin }

        let client = clientAddress.find(peer: peer, headers: head.headers)
        let key = keys[0]
        if isEcho(head) { return Handshake(key: key, mode: .plain, room: .lobby, client: client, isEcho: true) }
        let offered = head.headers[canonicalForm: "Sec-WebSocket-Protocol"]
        guard offered.isEmpty || offered.contains(where: { $0 == Self.subprotocol }) else { throw .badSubprotocol }
        var user: TokenHolder?
        switch userHeaders?.find(isTrusted: behindProxy, values: { head.headers[$0] }) {
        case nil, .nobody?: break
        case .user(let found)?: user = found
        case .forged?: throw .forgedUser
        }
        guard !(offered.isEmpty && refusesPlain && user == nil) else { throw .cannotSignIn }
        return offered.isEmpty
            ? Handshake(key: key, mode: .plain, room: try room(head.uri), client: client, user: user)
            : Handshake(key: key, mode: .v1, room: .lobby, client: client, user: user)
    }

    private func room(_ uri: String) throws(UpgradeRefusal) -> RoomName {
        guard let asked = URLComponents(string: uri)?.queryItems?.first(where: { $0.name == "room" }) else {
            return .lobby
        }
        guard let room = RoomName(asked.value ?? ""), !room.isPrivate else { throw .badRoom }
        return room
    }
}
