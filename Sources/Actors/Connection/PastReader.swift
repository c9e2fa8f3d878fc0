import ChatModel
import ChatProtocol

/// Answers questions about a room's past. Not part of the actor, so they are answered even if it fails or is replaced.
struct PastReader {
    let context: ConnectionContext

    /// Reads a page at the socket's turn; the next one waits until it is written.
    func history(_ part: ClientFrame.HistoryPart, limit: Int) {
        let limit = min(limit, context.services.limits.pageLength)
        let range: LogRange =
            switch part {
            case .before(let id): .backward(before: id, limit: limit)
            case .after(let id): .forward(after: id, through: nil, limit: limit)
            }
        takeTurn { [context] done in
            let eventLoop = context.outlet.eventLoop
            context.services.backend.log.read(
                range, of: context.room,
                for: .history(of: context.address, by: context.user, from: context.addressDigest), on: eventLoop
            ) { result in
                switch result {
                case .success(let page):
                    context.replies.tell(
                        .history(
                            .init(
                                room: context.room, position: page.head.position, messages: page.messages,
                                more: page.more)))
                case .failure(let error) where error.isRefusal:
                    context.replies.reject(key: nil, error.message, as: error.code.errorCode)
                case .failure:
                    context.replies.reject(key: nil, "history is temporarily unavailable, try again")
                }
                done()
            }
        }
    }

    /// A search holds the socket's turn until it is answered: one at a time per socket, alternating with pages of its
    /// rooms.
    func search(_ search: ClientFrame.Search) {
        takeTurn { [context] done in
            context.services.search.search(
                for: search.query, before: search.before, in: context.room, by: context.user, at: context.address,
                from: context.addressDigest, on: context.outlet.eventLoop
            ) { result in
                switch result {
                case .success(let page):
                    let query = search.query.description
                    context.replies.tell(.found(.init(room: context.room, query: query, key: search.key, page: page)))
                case .failure(let error) where error.isRefusal:
                    context.replies.reject(key: search.key, error.message, as: error.code.errorCode)
                case .failure:
                    context.replies.reject(key: search.key, "search is temporarily unavailable, try again")
                }
                done()
            }
        }
    }

    /// Returns the turn at once if the user has left the room.
    private func takeTurn(_ read: @escaping (_ done: @escaping @Sendable () -> Void) -> Void) {
        context.outlet.awaitTurn { [context] in
            if context.replies.isOpen { read { context.outlet.endTurn() } } else { context.outlet.endTurn() }
        }
    }
}
