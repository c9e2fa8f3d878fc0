import ChatModel
import ChatProtocol
import Testing

@Suite struct TracedTests {
    private static let id = MessageID(ms: 1_700_000_000_000, seq: 7)
    private static let start = JourneyStart(waited: 40, confirmed: 900, returned: 700)

    private static func answer(_ node: String, _ stop: JourneyStop?) -> JourneyAnswer {
        JourneyAnswer(room: .lobby, number: 1, node: node, stop: stop)
    }

    private static func stop(_ heardAt: Int64?, within: Int64 = 100, start: JourneyStart? = nil) -> JourneyStop {
        JourneyStop(
            heardAt: heardAt.flatMap { LogTime(microseconds: $0, within: within) }, fanOut: 25, sockets: 3, start: start
        )
    }

    private static func traced(_ answers: [JourneyAnswer], id: MessageID = id) -> ServerFrame.Traced {
        ServerFrame.Traced(room: .lobby, key: "k", id: id, answers: answers, expected: 3)
    }

    @Test func theSendersNodeIsExactAndOthersAreAsUncertainAsBothClocks() {
        let traced = Self.traced([
            Self.answer("n2", Self.stop(5_001_500, within: 300)),
            Self.answer("n1", Self.stop(5_000_700, start: Self.start)),
            Self.answer("n3", nil),
        ])
        #expect(traced.origin == .init(node: "n1", waited: 40, confirmed: 900))
        #expect(traced.nodes.map(\.node) == ["n1", "n2", "n3"])
        #expect(traced.nodes[0].passage == .init(heard: .init(duration: 700, within: 0), fanOut: 25, sockets: 3))
        #expect(traced.nodes[1].passage?.heard == .init(duration: 1_500, within: 400))
        #expect(traced.nodes[2].passage == nil)
        #expect(traced.expected == 3)
    }

    @Test func noDurationIsNegative() {
        let traced = Self.traced([
            Self.answer("n1", Self.stop(5_000_700, start: Self.start)), Self.answer("n2", Self.stop(4_999_990)),
        ])
        #expect(traced.nodes[1].passage?.heard == .init(duration: 0, within: 200))
    }

    @Test func withoutTheSendersNodeTheIDsMillisecondIsTheStart() {
        let traced = Self.traced([Self.answer("n2", Self.stop(1_700_000_000_002_500))])
        #expect(traced.origin == nil)
        #expect(traced.nodes[0].passage?.heard == .init(duration: 2_000, within: 600))
    }

    @Test func anUnknownClockOmitsOnlyItsTimes() {
        let others = Self.traced([
            Self.answer("n1", Self.stop(5_000_700, start: Self.start)), Self.answer("n2", Self.stop(nil)),
        ])
        #expect(others.nodes[1].passage == .init(heard: nil, fanOut: 25, sockets: 3))
        let own = Self.traced([
            Self.answer("n1", Self.stop(nil, start: Self.start)), Self.answer("n2", Self.stop(5_000_700)),
        ])
        #expect(own.nodes.map { $0.passage?.heard?.duration } == [700, nil])
    }

    @Test(arguments: [UInt64.max, UInt64(Int64.max), UInt64(Int64.max / 1_000)])
    func noIDTraps(_ ms: UInt64) {
        let traced = Self.traced([Self.answer("n1", Self.stop(0))], id: MessageID(ms: ms, seq: 1))
        #expect(traced.nodes[0].passage?.heard == nil)
    }

    @Test(arguments: [-1, .min, .max, (1 << 53) + 1] as [Int64])
    func impossibleTimesAreRejected(_ microseconds: Int64) {
        #expect(LogTime(microseconds: microseconds, within: 0) == nil)
        #expect(LogTime(microseconds: 0, within: microseconds) == nil)
        #expect(LogTime(microseconds: 1 << 53, within: 0)?.before(microseconds) == nil)
    }
}
