/// What a member wants to say, on its way to the room's log.
package struct MessageDraft: Hashable, Sendable {
    package let user: UserID
    package let name: String
    package let text: String
    /// Made by the client: the same user and key within `dedupeSeconds` is one message. Empty: no such promise.
    package let key: String
    /// Present for a message of a plain client.
    package let plain: PlainForm?

    package init(user: UserID, name: String, text: String, key: String, plain: PlainForm? = nil) {
        self.user = user
        self.name = name
        self.text = text
        self.key = key
        self.plain = plain
    }
}

/// A message as the log holds it, the same on every node.
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

    package init(
        id: MessageID, user: UserID, name: String, text: String, key: String, ts: Int64, plain: PlainForm? = nil
    ) {
        self.id = id
        self.user = user
        self.name = name
        self.text = text
        self.key = key
        self.ts = ts
        self.plain = plain
    }

    package init(_ draft: MessageDraft, id: MessageID, ts: Int64) {
        self.init(
            id: id, user: draft.user, name: draft.name, text: draft.text, key: draft.key, ts: ts, plain: draft.plain)
    }
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
