import ChatModel
import ChatProtocol
import NIOCore
import TestSupport

/// A raw socket that has said hello: one user of `webchat.v1`, frame by frame.
struct Conversation {
    let raw: RawSocket
    let user: User
    let token: String

    /// Upgrades, says hello and waits for the welcome.
    static func open(
        _ node: NodeProcess, name: String = "ann", token: String? = nil, receiveBuffer: Int32? = nil
    ) async throws -> Conversation {
        let raw = try RawSocket(port: node.port, receiveBuffer: receiveBuffer)
        let response = try await raw.upgrade()
        guard response.status == 101 else { throw RawSocket.Failure(description: "upgrade: \(response)") }
        var hello = ByteBuffer()
        ClientFrame.hello(token: token, name: name).encode(into: &hello)
        try await raw.sendText(String(buffer: hello))
        guard case .welcome(let welcome) = try await Self.frame(raw, within: .seconds(30)) else {
            throw RawSocket.Failure(description: "no welcome")
        }
        return Conversation(raw: raw, user: welcome.user, token: welcome.token)
    }

    /// The same, and in the lobby.
    static func inLobby(_ node: NodeProcess, name: String = "ann") async throws -> Conversation {
        let conversation = try await open(node, name: name)
        _ = try await conversation.join("lobby")
        return conversation
    }

    func say(_ json: String) async throws {
        try await raw.sendText(json)
    }

    func next(within limit: Duration = .seconds(30)) async throws -> ServerFrame {
        try await Self.frame(raw, within: limit)
    }

    /// The next frame in which `body` finds something; the others are passed over.
    func first<Value>(within limit: Duration = .seconds(30), _ body: (ServerFrame) -> Value?) async throws -> Value {
        let end = ContinuousClock.now + limit
        while true {
            if let value = body(try await next(within: end - .now)) { return value }
        }
    }

    func join(_ room: String, since: RoomPosition? = nil) async throws -> ServerFrame.Joined {
        let position = since.map { #","since":"\#($0.id)","epoch":"\#($0.epoch)""# } ?? ""
        try await say(#"{"type":"join","room":"\#(room)"\#(position)}"#)
        return try await first { if case .joined(let joined) = $0 { joined } else { nil } }
    }

    func error() async throws -> FrameError {
        try await first { if case .error(let error) = $0 { error } else { nil } }
    }

    func chat() async throws -> ChatMessage {
        try await first { if case .chat(_, _, let message) = $0 { message } else { nil } }
    }

    func ack() async throws -> (key: String, id: MessageID) {
        try await first { if case .ack(_, let key, let id) = $0 { (key, id) } else { nil } }
    }

    /// That the socket is open and answers.
    func expectOpen() async throws {
        let at = Int.random(in: 1...1_000_000)
        try await say(#"{"type":"ping","at":\#(at)}"#)
        _ = try await first { $0 == .pong(at: "\(at)") ? () : nil }
    }

    private static func frame(_ raw: RawSocket, within limit: Duration) async throws -> ServerFrame {
        try ServerFrame(parsing: ByteBuffer(string: try await raw.text(within: limit)))
    }
}

extension Result where Failure == FrameError {
    var code: ErrorCode? { if case .failure(let error) = self { error.code } else { nil } }
}
