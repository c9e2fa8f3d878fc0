/// A message or act that is not yet in the room's log.
package struct MessageDraft: Hashable, Sendable {
    package let user: UserID
    package let name: String
    package let text: String
    /// Chosen by the client: drafts with the same user and key within `dedupeSeconds` are one message. Empty: not
    /// deduplicated.
    package let key: String
    /// Set for a message from a plain client.
    package let plain: PlainForm?
    package let act: MessageAct?
    /// The message that it answers. `nil` for an act.
    package let re: MessageID?
    /// Of an act.
    package let authority: Authority
    /// Of a message.
    package let files: [SharedFile]
    /// Of a guest, where it may be banned.
    package var address: AddressDigest?

    package init(
        user: UserID, name: String, text: String, key: String, plain: PlainForm? = nil, act: MessageAct? = nil,
        re: MessageID? = nil, authority: Authority = .own, files: [SharedFile] = []
    ) {
        self.user = user
        self.name = name
        self.text = text
        self.key = key
        self.plain = plain
        self.act = act
        self.re = re
        self.authority = authority
        self.files = files
    }
}

extension MessageDraft {
    package var isRoomChange: Bool {
        if case .room = act { true } else { false }
    }

    /// Whether a node made it beside a user's first message, to make them the owner.
    package var isClaim: Bool { authority == .maker && key.isEmpty }

    /// With the time at which a role ends, instead of how long it lasts.
    /// - `now`: milliseconds since 1970.
    package func settled(at now: Int64) -> MessageDraft {
        guard case .room(.role(let role, let user, .after(let seconds))) = act else { return self }
        return MessageDraft(
            user: self.user, name: name, text: text, key: key, plain: plain,
            act: .room(.role(role, of: user, .at(now + Int64(seconds) * 1_000))), authority: authority)
    }
}

/// An entry of the log: a message or an act, the same on every node.
package struct ChatMessage: Hashable, Sendable {
    package let id: MessageID
    package let user: UserID
    package let name: String
    package let text: String
    /// Empty when the sender gave none.
    package let key: String
    /// When the log appended it: milliseconds since 1970, by the log's clock.
    package let ts: Int64
    package let plain: PlainForm?
    /// Set for an act, `nil` for a message.
    package let act: MessageAct?
    /// The message that it answers, which may have been deleted or trimmed, or be none at all. `nil` for an act.
    package let re: MessageID?
    package let files: [SharedFile]
    /// `nil`: no act changed it, or it was received live.
    package let state: MessageState?

    package init(
        id: MessageID, user: UserID, name: String, text: String, key: String, ts: Int64, plain: PlainForm? = nil,
        act: MessageAct? = nil, re: MessageID? = nil, files: [SharedFile] = [], state: MessageState? = nil
    ) {
        self.id = id
        self.user = user
        self.name = name
        self.text = text
        self.key = key
        self.ts = ts
        self.plain = plain
        self.act = act
        self.re = re
        self.files = files
        self.state = state
    }

    package init(_ draft: MessageDraft, id: MessageID, ts: Int64) {
        self.init(
            id: id, user: draft.user, name: draft.name, text: draft.text, key: draft.key, ts: ts, plain: draft.plain,
            act: draft.act, re: draft.re, files: draft.files)
    }

    /// The message with its current text and state. A deleted one has no files.
    package func showing(_ text: String, _ state: MessageState?) -> ChatMessage {
        ChatMessage(
            id: id, user: user, name: name, text: text, key: key, ts: ts, plain: plain, act: act,
            re: state == .deleted ? nil : re, files: state == .deleted ? [] : files, state: state)
    }

    package var from: User { User(id: user, name: name) }

    /// Whom the entry has given a role in a private room.
    package func addition(to room: RoomName) -> UserID? {
        guard room.isPrivate, case .room(.role(let role, let user, _)) = act, role.isMember else { return nil }
        return user
    }

    /// Whether to show it to a client that knows only messages.
    package var isShown: Bool { act == nil && state != .deleted }
}

/// `type` and `ts` as a plain client gave them, so that its message returns unchanged.
package struct PlainForm: Hashable, Sendable {
    package enum Kind: String, Sendable { case chat, message }

    package let kind: Kind
    /// The JSON token of `ts` as sent, with the quotes of a string: a finite number, or a string of at most 64
    /// characters. `nil`: the client gave none and gets the server's.
    package let ts: String?

    package init(kind: Kind, ts: String?) {
        self.kind = kind
        self.ts = ts
    }
}
