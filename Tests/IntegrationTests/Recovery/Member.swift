import ChatModel
import ChatProtocol
import TestSupport

/// A user in a room who misses nothing: what is told of the history while it waits for something else is kept for later.
final class Member {
    let conversation: Conversation
    private var untold: [Told] = []

    private init(_ conversation: Conversation) {
        self.conversation = conversation
    }

    static func open(
        _ node: NodeProcess, name: String = "ann", token: String? = nil, receiveBuffer: Int32? = nil
    ) async throws -> Member {
        Member(try await Conversation.open(node, name: name, token: token, receiveBuffer: receiveBuffer))
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

    var user: User { conversation.user }
    var token: String { conversation.token }

    func send(_ json: String) async throws {
        try await conversation.say(json)
    }

    func close() async throws {
        try await conversation.raw.send(RawSocket.Opcode.close, [0x03, 0xE8])
        _ = try await conversation.raw.closeCode()
    }

    /// The next frame in which `body` finds something.
    func first<Value>(within limit: Duration = .seconds(30), _ body: (ServerFrame) -> Value?) async throws -> Value {
        let end = ContinuousClock.now + limit
        while true {
            let frame = try await conversation.next(within: end - .now)
            if let told = Told(frame) { untold.append(told) }
            if let value = body(frame) { return value }
        }
    }

    // MARK: What is said

    func join(_ room: String, since: RoomPosition? = nil) async throws -> ServerFrame.Joined {
        let position = since.map { #","since":"\#($0.id)","epoch":"\#($0.epoch)""# } ?? ""
        try await send(#"{"type":"join","room":"\#(room)"\#(position)}"#)
        return try await first { if case .joined(let joined) = $0 { joined } else { nil } }
    }

    /// Waits for the acknowledgement.
    /// - Parameter key: that of the text, unless it is given.
    @discardableResult
    func say(_ text: String, in room: String = "lobby", key: String? = nil) async throws -> MessageID {
        guard let id = try await answer(to: text, in: room, key: key ?? "key of \(text)").id else {
            throw RawSocket.Failure(description: "\(text) was not acknowledged")
        }
        return id
    }

    /// The answer is to be that the log did not confirm it.
    func sayInVain(_ text: String, in room: String = "lobby", key: String? = nil) async throws -> FrameError {
        guard let error = try await answer(to: text, in: room, key: key ?? "key of \(text)").error else {
            throw RawSocket.Failure(description: "\(text) was acknowledged")
        }
        return error
    }

    /// Says it again with the same key until it is acknowledged, as clients do while Redis is away.
    @discardableResult
    func insist(_ text: String, in room: String = "lobby") async throws -> MessageID {
        var id: MessageID?
        try await eventually("\(text) is acknowledged", within: .seconds(30)) {
            id = try await answer(to: text, in: room, key: "key of \(text)").id
            return id != nil
        }
        return id ?? .zero
    }

    private func answer(to text: String, in room: String, key: String) async throws -> (
        id: MessageID?, error: FrameError?
    ) {
        try await send(#"{"type":"chat","room":"\#(room)","text":"\#(text)","key":"\#(key)"}"#)
        return try await first { frame in
            switch frame {
            case .ack(_, key, let id): (id, nil)
            case .error(let error): (nil, error)
            default: nil
            }
        }
    }

    // MARK: What it is told of the history of its rooms

    func nextTold(within limit: Duration = .seconds(30)) async throws -> Told {
        if untold.isEmpty { try await first(within: limit) { Told($0) == nil ? nil : () } }
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
