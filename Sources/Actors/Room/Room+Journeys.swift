import ChatModel
import ChatProtocol
import Supervision

/// Answers which way a message took: `docs/protocol.md`, section 12.
extension Room {
    /// A member asks for a message's journey.
    func trace(_ message: MessageID, key: String, for ref: ConnectionRef) {
        guard members.isListed(ref) else { return }
        switch journeys.begin(message, key: key, by: ObjectIdentifier(ref)) {
        case .failure(let error):
            tell(ref, .error(error))
        case .success(let question):
            services.backend.journeys.ask(question, in: name, on: eventLoop) { result in
                self.enterOnLoop { room in room.tell(room.journeys.asked(question, nodes: try? result.get())) }
            }
        }
    }

    func tell(_ reply: RoomJourneys.Reply?) {
        if let reply, let ref = members.ref(reply.asker) { tell(ref, reply.frame) }
    }
}
