#if DEBUG
    import ChatModel

    @testable import Cluster

    extension FuzzTarget {
        /// What other nodes say on a room's channel.
        static var liveWire: FuzzTarget {
            FuzzTarget(
                name: "live-wire", seeds: liveSignals.map(LiveWire.encode),
                words: ["M ", "T ", "R ", "P ", "Q ", "A ", "D", "\n", " "]
            ) { input in
                switch LiveWire.parse(input) {
                case nil: return 0
                case .signal(let signal):
                    guard case .signal(signal) = LiveWire.parse(LiveWire.encode(signal)) else {
                        throw Finding("written and read again it is another signal: \(signal)")
                    }
                    return outcome(String(describing: signal).prefix(20), magnitude(input.count))
                case .message(let message, let epoch, let origin):
                    let bytes = message.text.utf8.count + message.name.utf8.count + message.key.utf8.count
                    try expect(bytes <= input.count, "a message of \(bytes) bytes from \(input.count)")
                    if let act = message.act {
                        try expect(MessageAct(wire: act.wire) == act, "another act when written: \(act)")
                    }
                    return outcome(
                        String(describing: message.act).prefix(16), message.plain?.kind, epoch == .none, origin.isEmpty,
                        magnitude(bytes))
                }
            }
        }

        private static let liveSignals: [RoomSignal] = [
            .typing(User(id: UserID("u 1\n"), name: "Zoë \0 3 4")), .renamed(User(id: UserID(""), name: "")),
            .named(User(id: UserID("u"), name: "Zoë")),
            .presence(
                node: NodeIncarnation(name: "n1", generation: 1), joined: [User(id: UserID("x"), name: "y")],
                left: [UserID("z"), UserID("")]),
            .asked(JourneyQuestion(message: MessageID(ms: .max, seq: 3), asker: "a.b-c", number: .max)),
            .answered(JourneyAnswer(room: .lobby, number: 9, node: "n1", stop: nil)), .deleted,
            .answered(
                JourneyAnswer(
                    room: .lobby, number: 9, node: "n1",
                    stop: JourneyStop(
                        heardAt: LogTime(microseconds: 1 << 53, within: 7), fanOut: 1, sockets: 2,
                        start: JourneyStart(waited: 3, confirmed: 4, returned: 5)))),
        ]
    }
#endif
