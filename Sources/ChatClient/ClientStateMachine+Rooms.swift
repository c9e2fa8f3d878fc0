import ChatModel
import ChatProtocol
import Supervision

/// Room events while the connection is open.
extension ClientStateMachine {
    /// Sends a join for the room.
    mutating func enter(_ index: Int) -> Action {
        rooms[index].state = .joining
        rooms[index].retryJoinAt = nil
        return .write(.join(room: rooms[index].name, since: rooms[index].position.map { .position($0) }))
    }

    mutating func joined(_ answer: ServerFrame.Joined, now: Instant) -> [Action] {
        guard let index = index(of: answer.room), rooms[index].state == .joining else {
            return strayed("joined", in: answer.room)
        }
        let (fresh, gap) = rooms[index].joined(answer)
        return [.report(.joined(answer, fresh: fresh))] + (gap.map { [.report(.gap($0))] } ?? [])
            + page(answer.messages, epoch: answer.position.epoch, more: answer.more, to: index, now: now)
    }

    mutating func reset(_ reset: ServerFrame.Reset, now: Instant) -> [Action] {
        guard let index = index(of: reset.room), rooms[index].isInside else {
            return strayed("reset", in: reset.room)
        }
        let gap = rooms[index].reset(reset)
        return (gap.map { [.report(.gap($0))] } ?? [])
            + page(reset.messages, epoch: reset.position.epoch, more: reset.more, to: index, now: now)
    }

    mutating func resumed(
        _ name: RoomName, epoch: Epoch, messages: [ChatMessage], more: Bool, now: Instant
    ) -> [Action] {
        guard let index = index(of: name), case .catchingUp = rooms[index].state else {
            return strayed("resume", in: name)
        }
        return page(messages, epoch: epoch, more: more, to: index, now: now)
    }

    mutating func said(_ message: ChatMessage, in name: RoomName, epoch: Epoch, now: Instant) -> [Action] {
        guard let index = index(of: name), rooms[index].isInside else { return strayed("chat", in: name) }
        let taken = take(message, epoch: epoch, as: .live, in: index) + flush(index, now: now)
        return rooms[index].state == .live ? taken : strayed("chat before the last page", in: name) + taken
    }

    mutating func acked(_ key: String, id: MessageID, in name: RoomName, now: Instant) -> [Action] {
        guard let index = index(of: name) else { return strayed("ack", in: name) }
        rooms[index].outbox.settle(key: key)
        return [.report(.acked(name, key: key, id: id))] + flush(index, now: now)
    }

    mutating func left(_ name: RoomName, reason: String, now: Instant) -> [Action] {
        guard let index = index(of: name) else { return strayed("left", in: name) }
        if rooms[index].state != .leaving, let pause = configuration.returnAfter {
            rooms[index].expelled(returnAt: now + pause)
            return [.report(.expelled(name, reason: reason))]
        }
        let waiting = rooms[index].outbox.removeAll()
        rooms.remove(at: index)
        return abandon(waiting, of: name) + [.report(.left(name, reason: reason))]
    }

    mutating func failed(_ error: FrameError, now: Instant) -> [Action] {
        guard let name = error.room.flatMap({ RoomName($0) }), let index = index(of: name) else {
            return [.report(.failed(error))]
        }
        let retryAt = now + (error.retryAfterMs.map { .milliseconds(max($0, 0)) } ?? configuration.resendAfter)
        switch (error.code, error.key) {
        case (.unavailable, let key?), (.rateLimited, let key?):
            rooms[index].outbox.postpone(key: key, until: retryAt)
            return [.report(.postponed(name, key: key, error))]
        case (.notJoined, let key?) where rooms[index].isInside:
            // The server removed us without a `left`.
            rooms[index].outbox.postpone(key: key, until: retryAt)
            rooms[index].state = .outside
            rooms[index].retryJoinAt = retryAt
            return []
        case (.notJoined, _?) where configuration.returnAfter != nil:
            // Sent before the server said that it had removed us.
            return []
        case (_, let key?):
            rooms[index].outbox.settle(key: key)
            return [.report(.refused(name, key: key, error))] + flush(index, now: now)
        case (.unavailable, nil) where rooms[index].state == .joining,
            (.rateLimited, nil) where rooms[index].state == .joining:
            rooms[index].state = .outside
            rooms[index].retryJoinAt = retryAt
            return [.report(.postponed(name, key: nil, error))]
        case (.forbidden, nil) where rooms[index].state == .joining && configuration.returnAfter != nil,
            (.notFound, nil) where rooms[index].state == .joining && configuration.returnAfter != nil:
            rooms[index].expelled(returnAt: now + (configuration.returnAfter ?? .zero))
            return [.report(.expelled(name, reason: error.code.rawValue))]
        case (_, nil) where rooms[index].state == .joining:
            let waiting = rooms[index].outbox.removeAll()
            rooms.remove(at: index)
            return abandon(waiting, of: name) + [.report(.refused(name, key: nil, error))]
        case (_, nil):
            return [.report(.failed(error))]
        }
    }

    /// Sends the room's next message if it is due.
    mutating func flush(_ index: Int, now: Instant) -> [Action] {
        guard rooms[index].state == .live, let item = rooms[index].outbox.next(now: now) else { return [] }
        let name = rooms[index].name
        guard let act = item.act else {
            return [.write(.chat(room: name, text: item.text, key: item.key, re: item.re))]
        }
        return [.write(.act(act, room: name, text: item.text, key: item.key))]
    }

    func abandon(_ items: [ClientOutbox.Item], of room: RoomName) -> [Action] {
        items.map { .report(.abandoned(room, key: $0.key, maybeSent: $0.firstSent != nil)) }
    }

    private mutating func page(
        _ messages: [ChatMessage], epoch: Epoch, more: Bool, to index: Int, now: Instant
    ) -> [Action] {
        var actions: [Action] = []
        for message in messages { actions += take(message, epoch: epoch, as: .page, in: index) }
        guard !more, case .catchingUp(let head, let restarted) = rooms[index].state else { return actions }
        rooms[index].caughtUp(to: head)
        let name = rooms[index].name
        if restarted {
            rooms[index].outbox.forgetHeard()
            actions += abandon(rooms[index].outbox.removeSent(before: now - dedupe), of: rooms[index].name)
        }
        for item in rooms[index].outbox.settleHeard() {
            if let id = item.heardAs { actions.append(.report(.acked(name, key: item.key, id: id))) }
        }
        if rooms.allSatisfy({ $0.state == .live }) { backoff.reset() }
        return actions + [.report(.caughtUp(rooms[index].name))] + flush(index, now: now)
    }

    private mutating func take(
        _ message: ChatMessage, epoch: Epoch, as arrival: ClientEvent.Arrival, in index: Int
    ) -> [Action] {
        let isNew = rooms[index].take(message.id, epoch: epoch)
        let name = rooms[index].name
        let report = Action.report(.message(name, epoch, message, isNew ? arrival : .repeated))
        guard message.user == user else { return [report] }
        if arrival == .live {
            rooms[index].outbox.heard(key: message.key, as: message.id)
            return [report]
        }
        guard rooms[index].outbox.settle(key: message.key) else { return [report] }
        return [report, .report(.acked(name, key: message.key, id: message.id))]
    }

    private func index(of name: RoomName) -> Int? {
        rooms.firstIndex { $0.name == name }
    }

    /// A frame for a room that we are not in. Frames in flight while we leave are not a violation.
    private func strayed(_ what: String, in name: RoomName) -> [Action] {
        if let index = index(of: name), rooms[index].state == .leaving { return [] }
        return [.report(.violation("\(what), not expected in room \(name)"))]
    }
}
