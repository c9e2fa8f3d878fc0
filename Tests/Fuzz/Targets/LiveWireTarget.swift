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

        /// What other nodes say for all sockets of a user.
        static var userNews: FuzzTarget {
            let ann = User(id: UserID("u 1"), name: "Zoë")
            let position = RoomPosition(epoch: Epoch(random: 1, tag: 2), id: MessageID(ms: 3, seq: .max))
            let news: [UserNews] = [
                .added(room: .lobby, by: ann), .linked,
                .read(
                    ReadPosition(room: .lobby, position: position),
                    origin: SocketOrigin(node: "n1", socket: SocketID(9))),
            ]
            return FuzzTarget(
                name: "user-news", seeds: news.map { LiveWire.encode($0, for: ann.id) },
                words: ["U ", "V ", "L ", "\n", " ", "0000000000000abc.00000001", "1700-3"]
            ) { input in
                guard let (user, news) = LiveWire.parseNews(input) else { return 0 }
                guard let again = LiveWire.parseNews(LiveWire.encode(news, for: user)), again == (user, news) else {
                    throw Finding("written and read again it is other news: \(news)")
                }
                switch news {
                case .added(let room, _): return outcome("added", room.kind)
                case .read(let read, _): return outcome("read", read.room.kind, read.position.epoch == .none)
                case .linked: return outcome("linked")
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
