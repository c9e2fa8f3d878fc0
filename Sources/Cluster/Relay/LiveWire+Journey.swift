import ChatModel

/// Message journeys on the wire. In an answer, the times follow the node's name: nothing if the node has none;
/// otherwise `<heard at> <within> <fan-out> <sockets>`, the first `-` if unknown; and from the sender's own node also
/// `<waited> <confirmed> <returned>`.
extension LiveWireReader {
    mutating func question() -> JourneyQuestion? {
        guard let asker = nodeName(), let number = word().flatMap({ UInt64($0) }),
            let message = word().flatMap({ MessageID($0) })
        else { return nil }
        return JourneyQuestion(message: message, asker: asker, number: number)
    }

    mutating func answer() -> JourneyAnswer? {
        guard let room = word().flatMap({ RoomName($0) }), let number = word().flatMap({ UInt64($0) }),
            let node = nodeName()
        else { return nil }
        if isAtEndOfFields { return JourneyAnswer(room: room, number: number, node: node, stop: nil) }
        guard let stop = stop() else { return nil }
        return JourneyAnswer(room: room, number: number, node: node, stop: stop)
    }

    private mutating func stop() -> JourneyStop? {
        guard let moment = word(), let within = duration(), let fanOut = duration(),
            let sockets = duration().flatMap({ Int(exactly: $0) })
        else { return nil }
        var heardAt: LogTime?
        if moment != "-" {
            heardAt = Int64(moment).flatMap { LogTime(microseconds: $0, within: within) }
            if heardAt == nil { return nil }
        }
        var start: JourneyStart?
        if !isAtEndOfFields {
            guard let waited = duration(), let confirmed = duration(), let returned = duration() else { return nil }
            start = JourneyStart(waited: waited, confirmed: confirmed, returned: returned)
        }
        return JourneyStop(heardAt: heardAt, fanOut: fanOut, sockets: sockets, start: start)
    }

    private mutating func nodeName() -> String? {
        word().flatMap { NodeCard.isValidName($0) ? $0 : nil }
    }

    private mutating func duration() -> Int64? {
        word().flatMap { Int64($0) }.flatMap { LogTime.range.contains($0) ? $0 : nil }
    }
}

extension LiveWireWriter {
    mutating func question(_ question: JourneyQuestion) {
        word("Q")
        word(question.asker)
        word(String(question.number))
        word(question.message.description)
    }

    mutating func answer(_ answer: JourneyAnswer) {
        word("A")
        word(answer.room.description)
        word(String(answer.number))
        word(answer.node)
        guard let stop = answer.stop else { return }
        word(stop.heardAt.map { String($0.microseconds) } ?? "-")
        word(String(stop.heardAt?.within ?? 0))
        word(String(stop.fanOut))
        word(String(stop.sockets))
        guard let start = stop.start else { return }
        for duration in [start.waited, start.confirmed, start.returned] { word(String(duration)) }
    }
}
