import ChatModel
import ChatProtocol
import TestSupport

/// A user in a room who misses nothing: what is told of the history while it waits for something else is kept for later.
final class Member: Speaker {
    let conversation: Conversation
    private var untold: [Told] = []

    private init(_ conversation: Conversation) {
        self.conversation = conversation
    }

    static func open(_ node: NodeProcess, name: String = "ann", token: String? = nil) async throws -> Member {
        Member(try await Conversation.open(node, name: name, token: token))
    }

    /// Opened, and in the lobby.
    static func inLobby(_ node: NodeProcess, name: String = "ann", token: String? = nil) async throws -> Member {
        let member = try await open(node, name: name, token: token)
        _ = try await member.join("lobby")
        return member
    }

    /// Two members who were there before either joined the lobby.
    static func annAndBob(on first: NodeProcess, _ second: NodeProcess) async throws -> (Member, Member) {
        let (ann, bob) = (try await open(first, name: "ann"), try await open(second, name: "bob"))
        for who in [ann, bob] { _ = try await who.join("lobby") }
        return (ann, bob)
    }

    var raw: RawSocket { conversation.raw }
    var user: User { conversation.user }
    var token: String { conversation.token }

    func send(_ json: String) async throws {
        try await conversation.say(json)
    }

    func close() async throws {
        try await raw.send(RawSocket.Opcode.close, [0x03, 0xE8])
        _ = try await raw.closeCode()
    }

    func first<Value>(within limit: Duration = .seconds(30), _ body: (ServerFrame) -> Value?) async throws -> Value {
        try await conversation.first(within: limit) { frame in
            if let told = Told(frame) { untold.append(told) }
            return body(frame)
        }
    }

    // MARK: What is said

    /// Waits for the acknowledgement.
    /// - Parameter key: that of the text, unless it is given.
    @discardableResult
    func say(_ text: String, in room: String = "lobby", key: String? = nil) async throws -> MessageID {
        try await chat(text, in: room, key: key).get()
    }

    /// The answer is to be that the log did not confirm it.
    func sayInVain(_ text: String, key: String? = nil) async throws -> FrameError {
        guard let error = try await chat(text, key: key).error else {
            throw TestFailure("\(text) was acknowledged")
        }
        return error
    }

    /// Says it again with the same key until it is acknowledged, as clients do while Redis is away.
    @discardableResult
    func insist(_ text: String) async throws -> MessageID {
        var answer: Result<MessageID, FrameError>?
        try await eventually("\(text) is acknowledged") {
            answer = try await chat(text)
            return answer?.error == nil
        }
        return try answer?.get() ?? .zero
    }

    private func chat(
        _ text: String, in room: String = "lobby", key: String? = nil
    ) async throws -> Result<MessageID, FrameError> {
        let key = key ?? "key of \(text)"
        return try await ask(#"{"type":"chat","room":"\#(room)","text":"\#(text)","key":"\#(key)"}"#) {
            if case .ack(_, key, let id) = $0 { id } else { nil }
        }
    }

    // MARK: What it is told of the history of its rooms

    func nextTold() async throws -> Told {
        if untold.isEmpty { try await first { Told($0) == nil ? nil : () } }
        return untold.removeFirst()
    }

    /// Up to the frame that holds a message with this text.
    func history(through text: String) async throws -> [Told] {
        var history: [Told] = []
        while true {
            let told = try await nextTold()
            history.append(told)
            if told.texts.contains(text) { return history }
        }
    }
}
