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
        default:
            if id == .zero, let change = RoomChange(words) {
                self = .room(change)
                return
            }
            guard let kind = ActKind(String(words[0])) else { return nil }
            self = .other(kind, id)
        }
    }
}

extension RoomChange {
    /// `nil` for a role or setting of a later version.
    /// - `words`: `role 0-0 <role>` and `<end> <user>`, or `policy 0-0 <setting>`.
    fileprivate init?(_ words: [Substring]) {
        switch (words[0], words.count) {
        case ("role", 4):
            let rest = words[3].split(separator: " ", maxSplits: 1)
            guard let role = RoomRole(rawValue: String(words[2])), rest.count == 2, let end = RoleEnd(wire: rest[0])
            else { return nil }
            self = .role(role, of: UserID(String(rest[1])), end)
        case ("policy", 3):
            guard let setting = RoomSetting(rawValue: String(words[2])) else { return nil }
            self = .policy(setting)
        default: return nil
        }
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
