/// What a member wants to say, on its way to the room's log.
package struct MessageDraft: Hashable, Sendable {
    package let user: UserID
    package let name: String
    package let text: String
    /// Made by the client: the same user and key within `dedupeSeconds` is one message. Empty: no such promise.
    package let key: String
    /// Present for a message of a plain client.
    package let plain: PlainForm?
    package let act: MessageAct?

    package init(
        user: UserID, name: String, text: String, key: String, plain: PlainForm? = nil, act: MessageAct? = nil
    ) {
        self.user = user
        self.name = name
        self.text = text
        self.key = key
        self.plain = plain
        self.act = act
    }
}

/// A message, or an act upon one, as the log holds it: the same on every node.
package struct ChatMessage: Hashable, Sendable {
    package let id: MessageID
    package let user: UserID
    package let name: String
    package let text: String
    /// Empty when the sender gave none.
    package let key: String
    /// When the log took it: milliseconds since 1970, by the log's clock.
    package let ts: Int64
    package let plain: PlainForm?
    /// An act upon another message, and no message itself.
    package let act: MessageAct?
    /// `nil`: nothing was done to it, or it was heard live.
    package let state: MessageState?

    package init(
        id: MessageID, user: UserID, name: String, text: String, key: String, ts: Int64, plain: PlainForm? = nil,
        act: MessageAct? = nil, state: MessageState? = nil
    ) {
        self.id = id
        self.user = user
        self.name = name
        self.text = text
        self.key = key
        self.ts = ts
        self.plain = plain
        self.act = act
        self.state = state
    }

    package init(_ draft: MessageDraft, id: MessageID, ts: Int64) {
        self.init(
            id: id, user: draft.user, name: draft.name, text: draft.text, key: draft.key, ts: ts, plain: draft.plain,
            act: draft.act)
    }

    /// The message as it is by now.
    package func showing(_ text: String, _ state: MessageState?) -> ChatMessage {
        ChatMessage(
            id: id, user: user, name: name, text: text, key: key, ts: ts, plain: plain, act: act, state: state)
    }

    /// Whether there is something to show to somebody who knows messages only.
    package var isShown: Bool { act == nil && state != .deleted }
}

/// What makes a plain client's round trip exact: `type` and `ts` as it gave them.
package struct PlainForm: Hashable, Sendable {
    package enum Kind: String, Sendable { case chat, message }

    package let kind: Kind
    /// The JSON token of `ts` as it came: a finite number or a string of at most 64 characters, with its quotes.
    /// `nil` when the client gave none: it gets the server's.
    package let ts: String?

    package init(kind: Kind, ts: String?) {
        self.kind = kind
        self.ts = ts
    }
}
