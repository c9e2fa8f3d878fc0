import ChatModel

extension ConnectionRef {
    /// A search keeps the socket's turn until it is answered, so that a socket has one at a time, and the pages of its
    /// rooms come in between. Nothing of it is the actor's: one that fails meanwhile does not cost the answer.
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

    private func answer(_ search: ClientFrame.Search, with result: Result<SearchPage, RelayError>) {
        guard actor != nil else { return }
        switch result {
        case .success(let page):
            let query = search.query.description
            write(.found(ServerFrame.Found(room: room, query: query, key: search.key, page: page)))
        case .failure:
            let message = "the room cannot be searched at the moment, ask again"
            let error = FrameError(
                .unavailable, message, room: room.description, key: search.key, retryAfterMs: .random(in: 500...1_500))
            write(.error(error))
        }
    }
}
