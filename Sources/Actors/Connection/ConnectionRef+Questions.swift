import ChatModel

/// What a user asks about the past of the room. Nothing of it is the actor's: one that fails meanwhile, or was replaced
/// before the question had its turn, does not cost the answer. Only who has left the room gets none.
extension ConnectionRef {
    /// A page is read when it is the socket's turn; the next page waits until it is written.
    func readHistory(_ part: ClientFrame.HistoryPart, limit: Int) {
        let limit = min(limit, context.limits.pageLength)
        let range: LogRange =
            switch part {
            case .before(let id): .backward(before: id, limit: limit)
            case .after(let id): .forward(after: id, through: nil, limit: limit)
            }
        let outlet = context.outlet
        outlet.awaitTurn { [self] in
            guard actor != nil else { return outlet.endTurn() }
            context.log.read(range, of: room, on: outlet.eventLoop) { result in
                self.answer(with: result)
                outlet.endTurn()
            }
        }
    }

    /// A search keeps the socket's turn until it is answered, so that a socket has one at a time, and the pages of its
    /// rooms come in between.
    func search(_ search: ClientFrame.Search) {
        let outlet = context.outlet
        outlet.awaitTurn { [self] in
            guard actor != nil else { return outlet.endTurn() }
            context.search.search(for: search.query, before: search.before, in: room, on: outlet.eventLoop) { result in
                self.answer(search, with: result)
                outlet.endTurn()
            }
        }
    }

    private func answer(with result: Result<LogPage, RelayError>) {
        switch result {
        case .success(let page):
            let (position, messages) = (page.head.position, page.messages)
            tell(.history(.init(room: room, position: position, messages: messages, more: page.more)))
        case .failure:
            rejected(key: nil, "the history cannot be read at the moment, ask again")
        }
    }

    private func answer(_ search: ClientFrame.Search, with result: Result<SearchPage, RelayError>) {
        switch result {
        case .success(let page):
            let query = search.query.description
            tell(.found(ServerFrame.Found(room: room, query: query, key: search.key, page: page)))
        case .failure:
            rejected(key: search.key, "the room cannot be searched at the moment, ask again")
        }
    }
}
