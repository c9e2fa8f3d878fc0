import ChatModel

/// One search through a room's log, page by page, newest first. A pure value.
struct SearchPass: Sendable {
    /// Maximum pages per search; with `LogPage.maximumMessages` that is 1,000 entries.
    static let maximumPages = 5
    /// Also limits the bytes, counted after case folding: one scalar may become eighteen (U+FDFA).
    static let maximumFoldedBytes = maximumPages * LogPage.maximumBytes

    enum Step: Equatable, Sendable {
        case read(LogRange)
        case answer(SearchPage)
        /// The log was replaced during the search: results may be gone.
        case logReplaced
    }

    private let query: SearchQuery
    private var pages = 0
    private var budget = PageBudget(limit: SearchPage.maximumMessages)
    private var position: RoomPosition?
    /// Newest first.
    private var found: [ChatMessage] = []
    private var reached: MessageID?
    /// Entries examined so far.
    private(set) var entries = 0
    private(set) var foldedBytes = 0

    init(_ query: SearchQuery, before: MessageID?) {
        self.query = query
        reached = before
    }

    var range: LogRange { .backward(before: reached, limit: LogPage.maximumMessages) }

    /// Examines the page read for `range`.
    mutating func look(through page: LogPage) -> Step {
        let position = position ?? page.head.position
        guard page.head.position.epoch == position.epoch else { return .logReplaced }
        // Results are at least as new as this head: they include all acts up to it.
        self.position = position
        pages += 1
        for message in page.messages.reversed() {
            guard foldedBytes < Self.maximumFoldedBytes else { return .answer(answer(at: position, more: true)) }
            entries += 1
            if query.matches(message, folding: &foldedBytes) {
                guard budget.admits(message) else { return .answer(answer(at: position, more: true)) }
                found.append(message)
            }
            reached = message.id
        }
        // Unreadable entries count as examined.
        reached = page.reached ?? reached
        guard page.more, pages < Self.maximumPages else { return .answer(answer(at: position, more: page.more)) }
        return .read(range)
    }

    private func answer(at position: RoomPosition, more: Bool) -> SearchPage {
        SearchPage(position: position, messages: found.reversed(), reached: reached, more: more)
    }
}
