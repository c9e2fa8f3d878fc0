import ChatModel
import ChatProtocol

/// How a member gets what it has not seen yet.
extension ConnectionStateMachine {
    /// The answer the user still gets during the catch-up.
    enum Answer: Hashable {
        /// The `joined` frame itself.
        case joined(Roster)
        /// The next `resume` page.
        case resume
        /// No frame: messages are written as if live, and only gaps are reported.
        case silent
    }

    /// Where a replacement resumes.
    struct ResumePoint {
        /// `nil`: the user was not placed yet.
        let cursor: RoomPosition?
        let answer: Answer?
    }

    struct CatchUp {
        var target: RoomPosition
        var answer: Answer
        /// The pending read; no other page is valid.
        var asked: LogRange
        /// The target at that time. It moves when deliveries cannot be kept: the page may then be older than the target.
        var askedFor: RoomPosition
        /// The position cannot be recovered: the newest messages are read instead, and the gap is reported.
        var startsOver = false
        /// The end of what the user has was replaced: the rest is read from where the logs part.
        var goesBack = false
        var missing: ServerFrame.Missing?
        var waiting: [Delivery] = []
        var waitingBytes = 0

        var hasMoved: Bool { target != askedFor }
    }
}

extension LogHead {
    /// What is certainly missing between a position and a trimmed log; `nil` in another epoch.
    func missing(after cursor: RoomPosition) -> ServerFrame.Missing? {
        guard let first, position.epoch == cursor.epoch, cursor.id.seq &+ 1 < first.seq else { return nil }
        return ServerFrame.Missing(from: cursor.id.next, to: MessageID(ms: first.ms, seq: first.seq &- 1))
    }
}
