import ChatModel

/// A log entry among the members of a frame, or of an element of `messages` (`docs/protocol.md`, section 10).
extension ServerFields {
    /// `nil`: a required member is missing or invalid.
    var entry: ChatMessage? {
        guard let id = id.flatMap(MessageID.init), let from, let text, let ts else { return nil }
        var entryAct: MessageAct?
        if let act {
            guard let known = readAct(act) else { return nil }
            entryAct = known
        }
        return ChatMessage(
            id: id, user: from.id, name: from.name, text: text, key: key ?? "", ts: ts, act: entryAct,
            re: re.flatMap(MessageID.init), files: files?.ofMessage ?? [], state: state)
    }

    private func readAct(_ kind: String) -> MessageAct? {
        guard let target = target.flatMap(MessageID.init) else { return nil }
        switch kind {
        case "edit": return .edit(target)
        case "delete": return .delete(target)
        case "react":
            guard let emoji, let on else { return nil }
            return .react(target, emoji: emoji, on: on)
        case "role":
            guard let member, let role = role.flatMap(RoomRole.init) else { break }
            return .room(.role(role, of: UserID(member), until.map { .at($0) } ?? .never))
        case "policy":
            guard let setting = setting.flatMap(RoomSetting.init) else { break }
            return .room(.policy(setting))
        default: break
        }
        // Also a role or setting of a later version.
        return ActKind(kind).map { .other($0, target) }
    }

    private var state: MessageState? {
        if deleted == true { return .deleted }
        let edited = edited.flatMap(MessageID.init)
        return edited == nil && reactions == nil ? nil : .changed(edited: edited, reactions: reactions ?? [])
    }
}
