import ChatModel
import RedisClient

extension RedisCommand {
    /// A call of `publish.lua`.
    ///
    /// - Parameter isTight: the room must free as much memory as it adds.
    static func publish(
        _ drafts: [MessageDraft], to room: RoomName, as operation: RedisOperation, origin: String, keys: RoomKeys,
        configuration: ClusterConfiguration, isTight: Bool = false
    ) -> RedisCommand {
        var roomKeys = [
            keys.log(room), keys.head(room), keys.acts(room), keys.rules(room), keys.spoke(room), keys.files(room),
        ]
        for draft in drafts where !draft.key.isEmpty { roomKeys.append(keys.seen(draft, in: room)) }
        var command = RoomScripts.publish.call(operation, keys: roomKeys)
        command.append(room.description)
        command.append(origin)
        command.append(keys.channel(room))
        command.append(configuration.rooms.messages)
        command.append(configuration.rooms.bytes)
        let lifetimes = [true, false].map { configuration.rooms.idleDays(of: room, isOwned: $0) * 24 * 3600 }
        command.append("\(lifetimes[0]) \(lifetimes[1])")
        command.append(configuration.rooms.dedupeSeconds)
        command.append(isTight ? 1 : 0)
        command.append(keys.publish)
        command.append(room.kind.rawValue)
        for draft in drafts {
            command.append(draft.user.description)
            command.append(draft.name)
            command.append(draft.key)
            command.append(draft.text)
            command.append(draft.plain?.wire ?? "")
            let address = draft.address.map { "!from \($0) " } ?? ""
            let re = draft.re.map { "!re \($0)" } ?? ""
            command.append(address + re + (draft.act.map { draft.authority.wire + $0.wire } ?? ""))
            command.append(draft.files.wire)
        }
        return command
    }
}

extension Authority {
    /// What `publish.lua` reads before an act.
    fileprivate var wire: String {
        switch self {
        case .own: ""
        case .operator: "!operator "
        case .maker: "!maker "
        case .invitation(let invitation):
            "!invitation \(invitation.id) \(invitation.uses) \(invitation.endsAt) \(invitation.inviter) "
        }
    }
}
