import ChatModel

/// One question to a room's log, on its way back through the pages. A pure value.
struct SearchPass: Sendable {
    /// So many pages are read for one question: with `LogPage.maximumMessages` that is 1,000 entries.
    static let maximumPages = 5

    enum Step: Equatable, Sendable {
        case read(LogRange)
        case answer(SearchPage)
        /// The log has begun anew meanwhile: what was found may be gone.
        case logReplaced
    }

    private let query: SearchQuery
    private var pages = 0
    private var budget = PageBudget(limit: SearchPage.maximumMessages)
    private var position: RoomPosition?
    /// Newest first.
    private var found: [ChatMessage] = []
    private var reached: MessageID?
    /// Entries that were looked at.
    private(set) var entries = 0

    init(_ query: SearchQuery, before: MessageID?) {
        self.query = query
        reached = before
    }

    var range: LogRange { .backward(before: reached, limit: LogPage.maximumMessages) }

    /// Looks through what was read for `range`.
    mutating func look(through page: LogPage) -> Step {
        let position = position ?? page.head.position
        guard page.head.position.epoch == position.epoch else { return .logReplaced }
        // What is found is at least as new as this head: acts up to there are in it.
        self.position = position
        pages += 1
        for message in page.messages.reversed() {
            entries += 1
            if query.matches(message) {
                guard budget.admits(message) else { return .answer(answer(at: position, more: true)) }
                found.append(message)
            }
            reached = message.id
        }
        // What cannot be read counts as looked at.
        reached = page.reached ?? reached
        guard page.more, pages < Self.maximumPages else { return .answer(answer(at: position, more: page.more)) }
        return .read(range)
    }

    private func answer(at position: RoomPosition, more: Bool) -> SearchPage {
        SearchPage(position: position, messages: found.reversed(), reached: reached, more: more)
    }
}
