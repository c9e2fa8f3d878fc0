import ChatModel
import ChatProtocol

/// What a session asks of any frame.
extension ClientFrame {
    /// In messages. Reading the log or addressing a room costs as much as a message. A search reads five pages; a
    /// journey asks every node of the room, and each answers; a rename is announced in every room.
    func cost(in rooms: Int) -> Double {
        switch self {
        case .chat, .act, .join, .history, .hello, .renew: 1
        case .rename: Double(max(1, rooms))
        case .search: 5
        case .trace, .upload: 2
        case .leave, .typing, .ping, .devices(.read): 0.25
        case .rooms(.create), .rooms(.roles), .devices(.link), .devices(.look), .devices(.take),
            .devices(.push), .devices(.endPush):
            5
        case .rooms, .devices(.reads): 2
        }
    }

    /// Whether it is written to a log.
    var isKept: Bool {
        switch self {
        case .chat, .act, .rooms(.create), .rooms(.accept): true
        default: false
        }
    }

    var room: RoomName? {
        switch self {
        case .join(let room, _), .leave(let room), .chat(let room, _, _, _, _), .act(_, let room, _, _),
            .typing(let room),
            .history(let room, _, _), .search(let room, _), .trace(let room, _, _):
            room
        case .upload(let upload): upload.room
        case .rooms(.roles(let room)), .rooms(.invite(let room, _, _, _)): room
        case .devices(.read(let read)): read.room
        case .hello, .renew, .rename, .ping, .rooms, .devices: nil
        }
    }

    var key: String? {
        switch self {
        case .chat(_, _, let key, _, _), .act(_, _, _, let key), .trace(_, _, let key): key
        case .search(_, let search): search.key
        case .upload(let upload): upload.key
        case .rooms(.create(_, _, let key)), .rooms(.invite(_, _, _, let key)), .rooms(.inspect(_, let key)),
            .rooms(.accept(_, let key)), .devices(.link(let key)), .devices(.look(_, let key)),
            .devices(.take(_, let key)), .devices(.push(_, let key)), .devices(.endPush(_, let key)):
            key
        default: nil
        }
    }
}
