import ChatModel
import ChatProtocol

/// Turns pages of the log into frames, and reports the gaps in them.
extension ConnectionStateMachine {
    /// Writes a page of a log that recovers the cursor, and moves the cursor past it.
    mutating func write(_ page: LogPage, of catchUp: inout CatchUp) throws(InvariantBroken) -> [Action] {
        var actions: [Action] = []
        var runs = try contiguousRuns(of: page.messages)
        let leading = runs.first.map { $0.missing == nil } ?? false ? runs.removeFirst().messages : []
        actions += writeLeading(leading, more: page.more && runs.isEmpty, &catchUp)
        for (index, run) in runs.enumerated() {
            let more = catchUp.answer == .resume && page.more && index == runs.count - 1
            actions += writeReset(run.missing, run.messages, more: more)
        }
        if let last = page.messages.last(where: { !skipped.contains($0.id) })?.id, last.seq > cursor.id.seq {
            cursor.id = last
        }
        if let reached = page.reached, reached.seq > cursor.id.seq { actions += skip(to: reached, &catchUp) }
        return actions
    }

    /// Skips unreadable messages: the user gets a `reset`, and the cursor moves past them.
    mutating func skip(to id: MessageID, _ catchUp: inout CatchUp) -> [Action] {
        let missing = ServerFrame.Missing(from: next(after: cursor.id), to: id)
        cursor.id = id
        return writeReset(missing, [], more: false)
    }

    /// The newest messages instead of a position that cannot be recovered.
    mutating func startedOver(_ catchUp: CatchUp, _ page: LogPage) throws(InvariantBroken) -> [Action] {
        try checkOrder(of: page.messages)
        cursor = page.head.position
        let messages = newestRun(of: page.messages)
        var actions: [Action] = []
        switch catchUp.answer {
        case .joined(let roster):
            let joined = ServerFrame.Joined(
                room: room, position: cursor, recovered: false, missing: catchUp.missing, messages: messages,
                more: false, members: roster.members, memberCount: roster.memberCount)
            actions.append(.write(.joined(joined)))
            if since != nil { actions.append(.resumed(complete: false)) }
        case .resume, .silent:
            actions += writeReset(catchUp.missing, messages, more: false)
        }
        return actions + settle(catchUp)
    }

    /// What is certainly missing between the cursor and a trimmed log; `nil` in another epoch.
    func knownGap(_ head: LogHead) -> ServerFrame.Missing? {
        guard let first = head.first, head.position.epoch == cursor.epoch, cursor.id.seq &+ 1 < first.seq else {
            return nil
        }
        return ServerFrame.Missing(from: next(after: cursor.id), to: MessageID(ms: first.ms, seq: first.seq &- 1))
    }

    private mutating func writeLeading(_ messages: [ChatMessage], more: Bool, _ catchUp: inout CatchUp) -> [Action] {
        switch catchUp.answer {
        case .joined(let roster):
            catchUp.answer = more ? .resume : .silent
            let joined = ServerFrame.Joined(
                room: room, position: catchUp.target, recovered: true, missing: nil, messages: messages, more: more,
                members: roster.members, memberCount: roster.memberCount)
            return [.write(.joined(joined)), .resumed(complete: true)]
        case .resume:
            if !more { catchUp.answer = .silent }
            return [.write(.resume(room: room, epoch: cursor.epoch, messages: messages, more: more))]
        case .silent:
            return messages.isEmpty ? [] : [.writeMessages(messages, cursor.epoch)]
        }
    }

    /// A plain client is promised nothing across a gap: it just gets the messages.
    private func writeReset(_ missing: ServerFrame.Missing?, _ messages: [ChatMessage], more: Bool) -> [Action] {
        guard mode == .v1 else { return messages.isEmpty ? [] : [.writeMessages(messages, cursor.epoch)] }
        let position = RoomPosition(epoch: cursor.epoch, id: messages.last?.id ?? missing?.to ?? cursor.id)
        let reset = ServerFrame.Reset(
            room: room, position: position, recovered: false, missing: missing, messages: messages, more: more)
        return [.write(.reset(reset))]
    }

    private struct Run {
        /// The gap before the messages.
        let missing: ServerFrame.Missing?
        var messages: [ChatMessage]
    }

    /// Pages are always sorted, whatever the log contains.
    private func checkOrder(of messages: [ChatMessage]) throws(InvariantBroken) {
        var last: MessageID?
        for message in messages where !skipped.contains(message.id) {
            if let last, message.id.seq <= last.seq {
                throw InvariantBroken(
                    .order, expected: "a message after \(last)", found: "\(message.id)", message: message.id)
            }
            last = message.id
        }
    }

    private func contiguousRuns(of messages: [ChatMessage]) throws(InvariantBroken) -> [Run] {
        try checkOrder(of: messages)
        var runs: [Run] = []
        var last = cursor.id
        for message in messages where isNews(message.id) {
            if message.id.seq == last.seq &+ 1 {
                if runs.isEmpty { runs.append(Run(missing: nil, messages: [])) }
                runs[runs.count - 1].messages.append(message)
            } else {
                let end = MessageID(ms: message.id.ms, seq: message.id.seq &- 1)
                runs.append(Run(missing: .init(from: next(after: last), to: end), messages: [message]))
            }
            last = message.id
        }
        return runs
    }

    /// The newest messages without a gap among them; `recovered: false` reports the gap before them.
    private func newestRun(of messages: [ChatMessage]) -> [ChatMessage] {
        let messages = messages.filter { !skipped.contains($0.id) }
        var start = messages.endIndex
        while start > messages.startIndex {
            guard start == messages.endIndex || messages[start - 1].id.seq &+ 1 == messages[start].id.seq else { break }
            start -= 1
        }
        return Array(messages[start...])
    }

    private func next(after id: MessageID) -> MessageID {
        MessageID(ms: id.ms, seq: id.seq &+ 1)
    }
}
