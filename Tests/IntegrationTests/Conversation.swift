import ChatModel
import ChatProtocol
import NIOCore
import TestSupport
import Testing

/// A raw socket that has said hello: one user of `webchat.v1`, frame by frame.
struct Conversation: Speaker {
    let raw: RawSocket
    let user: User
    let token: String
    /// The server's, for push messages.
    let pushKey: String?

    /// Upgrades, says hello and waits for the welcome.
    static func open(
        _ node: NodeProcess, name: String = "ann", token: String? = nil, receiveBuffer: Int32? = nil
    ) async throws -> Conversation {
        let raw = try RawSocket(port: node.port, receiveBuffer: receiveBuffer)
        let response = try await raw.upgrade()
        guard response.status == 101 else { throw TestFailure("upgrade: \(response)") }
        var hello = ByteBuffer()
        ClientFrame.hello(token: token, name: name).encode(into: &hello)
        try await raw.sendText(String(buffer: hello))
        guard case .welcome(let welcome) = try await Self.frame(raw, within: .seconds(30)) else {
            throw TestFailure("no welcome")
        }
        return Conversation(raw: raw, user: welcome.user, token: welcome.token ?? "", pushKey: welcome.push)
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
        var last: ServerFrame?
        while true {
            do {
                let frame = try await next(within: max(.zero, end - .now))
                if let value = body(frame) { return value }
                last = frame
            } catch let failure as TestFailure {
                throw TestFailure("\(failure); last came \(last.map { "\($0)" } ?? "nothing")")
            }
        }
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

/// Sends frames, and waits for what it wants to hear.
protocol Speaker {
    var raw: RawSocket { get }

    /// The next frame in which `body` finds something.
    func first<Value>(within limit: Duration, _ body: (ServerFrame) -> Value?) async throws -> Value
}

extension Speaker {
    func join(_ room: String, since: RoomPosition? = nil) async throws -> ServerFrame.Joined {
        let position = since.map { #","since":"\#($0.id)","epoch":"\#($0.epoch)""# } ?? ""
        try await raw.sendText(#"{"type":"join","room":"\#(room)"\#(position)}"#)
        return try await first(within: .seconds(30)) { if case .joined(let joined) = $0 { joined } else { nil } }
    }

    /// Whether the room can be written to, as the next frame that says so has it.
    func status(within limit: Duration = .seconds(30)) async throws -> Bool {
        try await first(within: limit) { if case .status(let writable) = $0 { writable } else { nil } }
    }

    /// Asks, and waits until `body` finds the answer, or for an error.
    func ask<Value>(_ json: String, _ body: (ServerFrame) -> Value?) async throws -> Result<Value, FrameError> {
        try await raw.sendText(json)
        return try await answer(body)
    }

    func answer<Value>(_ body: (ServerFrame) -> Value?) async throws -> Result<Value, FrameError> {
        try await first(within: .seconds(30)) { frame -> Result<Value, FrameError>? in
            if case .error(let error) = frame { .failure(error) } else { body(frame).map { .success($0) } }
        }
    }
}

extension Result where Failure == FrameError {
    var error: FrameError? { if case .failure(let error) = self { error } else { nil } }
    var code: ErrorCode? { error?.code }
}

extension NodeProcess {
    /// Opens WebSockets.
    func sockets(_ count: Int, at target: String = "/ws", version1: Bool = true) async throws -> [RawSocket] {
        var sockets: [RawSocket] = []
        for _ in 0..<count {
            sockets.append(try RawSocket(port: port))
            let status = try await sockets[sockets.count - 1].upgrade(target, version1: version1).status
            try #require(status == 101)
        }
        return sockets
    }
}
