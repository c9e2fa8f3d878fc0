extension MessageAct {
    /// The field `act` of a log entry or live message: `edit <id>`, `delete <id>`, `react <id> <+ or -> <emoji>`,
    /// `role 0-0 <role> <end> <user>`, `policy 0-0 <setting>`. Later versions may write `<kind> <id>` and more.
    package var wire: String {
        switch self {
        case .edit(let id): "edit \(id)"
        case .delete(let id): "delete \(id)"
        case .react(let id, let emoji, let on): "react \(id) \(on ? "+" : "-") \(emoji)"
        case .room(.role(let role, let user, let end)): "role 0-0 \(role.rawValue) \(end.wire) \(user)"
        case .room(.policy(let setting)): "policy 0-0 \(setting.rawValue)"
        case .other(let kind, let id): "\(kind) \(id)"
        }
    }

    /// Splits by bytes: a lone skin-tone modifier forms one character with the space before it.
    package init?(wire: String) {
        let words = wire.utf8.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard words.count >= 2, let id = MessageID(String(words[1])) else { return nil }
        switch (words[0], words.count) {
        case ("edit", 2): self = .edit(id)
        case ("delete", 2): self = .delete(id)
        case ("react", 4) where words[2] == "+" || words[2] == "-":
            self = .react(id, emoji: Emoji.normal(String(words[3])), on: words[2] == "+")
        case ("role", 4) where id == .zero:
            guard let change = RoomChange(role: words[2], rest: words[3]) else { return nil }
            self = .room(change)
        case ("policy", 3) where id == .zero:
            guard let setting = RoomSetting(rawValue: String(words[2])) else { return nil }
            self = .room(.policy(setting))
        default:
            guard let kind = ActKind(String(words[0])) else { return nil }
            self = .other(kind, id)
        }
    }
}

extension RoomChange {
    /// - `rest`: `<end> <user>`.
    fileprivate init?(role: Substring, rest: Substring) {
        let words = rest.split(separator: " ", maxSplits: 1)
        guard let role = RoomRole(rawValue: String(role)), words.count == 2, let end = RoleEnd(wire: words[0]) else {
            return nil
        }
        self = .role(role, of: UserID(String(words[1])), end)
    }
}

extension RoleEnd {
    /// `0`, `+<seconds>` in a draft, or the time.
    fileprivate var wire: String {
        switch self {
        case .never: "0"
        case .after(let seconds): "+\(seconds)"
        case .at(let ms): "\(ms)"
        }
    }

    fileprivate init?(wire: Substring) {
        if wire == "0" {
            self = .never
        } else if wire.hasPrefix("+") {
            guard let seconds = Int(wire.dropFirst()) else { return nil }
            self = .after(seconds: seconds)
        } else {
            guard let ms = Int64(wire), ms > 0 else { return nil }
            self = .at(ms)
        }
    }
}
