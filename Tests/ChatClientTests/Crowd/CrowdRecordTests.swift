import ChatModel
import ChatProtocol
import Testing

@testable import ChatClient

struct CrowdRecordTests {
    private static let epoch = Epoch(random: 42, tag: 1)
    private static let newEpoch = Epoch(random: 43, tag: 1)

    /// Everybody is in the lobby, which is empty.
    private static func record(clients: Int = 2) -> CrowdRecord {
        let record = CrowdRecord(clients: clients, rooms: 1)
        for client in 0..<clients { enter(client, record) }
        return record
    }

    private static func enter(_ client: Int, _ record: CrowdRecord, recovered: Bool = true) {
        record.observe(.opened(Driver.welcome(user: "user \(client)")), client: client)
        let joined = ServerFrame.Joined(
            room: .lobby, position: .start, recovered: recovered, missing: nil, messages: [], more: false,
            members: MemberList([]), memberCount: 0)
        record.observe(.joined(joined, fresh: true), client: client)
        record.observe(.caughtUp(.lobby), client: client)
    }

    private static func say(_ key: String, as seq: UInt64, _ record: CrowdRecord, acked: Bool = true) -> ChatMessage {
        record.willSend(key, key: key, from: 0, to: .lobby)
        if acked { record.observe(.acked(.lobby, key: key, id: Driver.id(seq)), client: 0) }
        return ChatMessage(id: Driver.id(seq), user: UserID("user 0"), name: "x", text: key, key: key, ts: 1)
    }

    private static func give(_ message: ChatMessage, to clients: [Int], _ record: CrowdRecord, epoch: Epoch = epoch) {
        for client in clients { record.observe(.message(.lobby, epoch, message, .live), client: client) }
    }

    @Test func theRunIsSettledWhenEverybodyHasTheAckedMessages() {
        let record = Self.record()
        let first = Self.say("a", as: 1, record, acked: false)
        #expect(!record.allAcked)
        record.observe(.acked(.lobby, key: "a", id: first.id), client: 0)
        #expect(record.allAcked && !record.allReached(in: [.lobby]))
        Self.give(first, to: [0], record)
        #expect(!record.allReached(in: [.lobby]))
        Self.give(first, to: [1], record)
        #expect(record.allReached(in: [.lobby]))
        let numbers = record.numbers
        #expect(numbers.sent == 1 && numbers.acked == 1 && numbers.received == 2 && numbers.latency.count == 2)
    }

    @Test func afterALogRestartTheNewLogCounts() {
        let record = Self.record()
        for seq in 1...5 as ClosedRange<UInt64> {
            Self.give(Self.say("old \(seq)", as: seq, record), to: [0, 1], record)
        }
        let gap = ClientEvent.Gap(
            room: .lobby, after: RoomPosition(epoch: Self.epoch, id: Driver.id(5)), missing: nil, restarts: true,
            head: .start)
        record.observe(.gap(gap), client: 0)
        #expect(!record.allReached(in: [.lobby]), "the second is still to be told")
        record.observe(.gap(gap), client: 1)
        #expect(record.allReached(in: [.lobby]))
        let new = Self.say("new", as: 1, record)
        Self.give(new, to: [0], record, epoch: Self.newEpoch)
        #expect(!record.allReached(in: [.lobby]))
        Self.give(new, to: [1], record, epoch: Self.newEpoch)
        #expect(record.allReached(in: [.lobby]))
        #expect(record.verdict.isClean, "\(record.verdict)")
    }

    @Test func aReconnectLastsUntilTheClientIsBackInItsRooms() {
        let record = Self.record()
        #expect(record.numbers.live == 2)
        record.observe(.closed(code: 1012, retryIn: .zero), client: 1)
        record.observe(.closed(code: nil, retryIn: .zero), client: 1)
        #expect(record.numbers.live == 1 && !record.isLive(1))
        #expect(record.numbers.reconnects.count == 0 && record.numbers.healing.count == 0)
        Self.enter(1, record)
        let numbers = record.numbers
        #expect(numbers.live == 2 && numbers.reconnects.count == 1 && numbers.healing.count == 1)
        #expect(numbers.closes == [1012: 1] && numbers.closesWithoutCode == 1)
    }

    @Test func unavailabilityIsADisturbanceUntilTheWaitingMessagesAreAcked() {
        let record = Self.record()
        _ = Self.say("a", as: 1, record, acked: false)
        record.observe(.postponed(.lobby, key: "a", FrameError(.rateLimited, "slowly")), client: 0)
        record.observe(.postponed(.lobby, key: "a", FrameError(.unavailable, "later")), client: 0)
        #expect(record.numbers.healing.count == 0)
        record.observe(.acked(.lobby, key: "a", id: Driver.id(1)), client: 0)
        #expect(record.numbers.healing.count == 1)
        #expect(record.numbers.postponed == [.rateLimited: 1, .unavailable: 1])
    }

    @Test func aRejectedActIsSettledButARejectedMessageIsAFault() {
        let record = Self.record()
        record.willSend("", key: "act", from: 0, to: .lobby, act: .delete(Driver.id(1)))
        record.willSend("", key: "odd", from: 0, to: .lobby, act: .delete(Driver.id(1)))
        record.willSend("text", key: "message", from: 0, to: .lobby)
        for (key, code) in [("act", ErrorCode.forbidden), ("odd", .badRequest), ("message", .notFound)] {
            record.observe(.refused(.lobby, key: key, FrameError(code, "no")), client: 0)
        }
        #expect(record.allAcked && record.numbers.refused == [.forbidden: 1])
        #expect(record.refusals.count == 2)
        #expect(record.verdict.acts == 2 && record.verdict.actsRefused == 1 && record.verdict.unanswered == 2)
    }

    @Test func inAModeratedRoomAMessageMayBeRejected() {
        let record = CrowdRecord(clients: 2, rooms: 1, isModerated: true)
        for client in 0...1 { Self.enter(client, record) }
        for (key, code) in [("forbidden", ErrorCode.forbidden), ("odd", .tooLong)] {
            record.willSend("text", key: key, from: 0, to: .lobby)
            record.observe(.refused(.lobby, key: key, FrameError(code, "no")), client: 0)
        }
        #expect(record.allAcked && record.refusals.count == 1)
        #expect(record.verdict.messagesRefused == 1 && record.verdict.unanswered == 1)
        // Nobody had banned or silenced anybody.
        #expect(record.verdict[.wronglyRefused] == 1)
    }

    @Test func aClientThatWasRemovedHasItsPlaceUntilItReturns() {
        let record = Self.record()
        record.observe(.expelled(.lobby, reason: "banned"), client: 1)
        #expect(record.isExpelled(1, from: .lobby) && !record.isLive(everywhere: [.lobby]))
        #expect(record.numbers.live == 2 && record.numbers.expulsions == 1)
        // It asks again, also on another connection.
        record.observe(.expelled(.lobby, reason: "forbidden"), client: 1)
        record.observe(.closed(code: nil, retryIn: .zero), client: 1)
        #expect(record.numbers.live == 1)
        record.observe(.expelled(.lobby, reason: "forbidden"), client: 1)
        #expect(record.numbers.live == 2 && record.numbers.expulsions == 1)
        record.observe(.caughtUp(.lobby), client: 1)
        #expect(!record.isExpelled(1, from: .lobby) && record.isLive(everywhere: [.lobby]))
        #expect(record.numbers.live == 2)
    }

    @Test func anActSentTwiceMayBeRejectedTwice() {
        let record = Self.record()
        record.willSend("", key: "act", from: 0, to: .lobby, act: .delete(Driver.id(1)))
        for _ in 0..<2 { record.observe(.refused(.lobby, key: "act", FrameError(.notFound, "no")), client: 0) }
        #expect(record.refusals.isEmpty && record.numbers.refused == [.notFound: 1])
        #expect(record.verdict.actsRefused == 1 && record.verdict.unanswered == 0 && record.verdict.isClean)
    }

    @Test func aDrainedClientHasNotLostItsConnection() {
        let record = Self.record()
        record.observe(.closed(code: 1000, retryIn: nil), client: 1)
        let numbers = record.numbers
        #expect(numbers.closes.isEmpty && numbers.closesWithoutCode == 0 && numbers.live == 1)
    }

    @Test func deliberateSilenceIsNotAFault() {
        let start = ContinuousClock.now
        let record = Self.record()
        for key in ["a", "b", "c"] { record.willSend(key, key: key, from: 0, to: .lobby, at: start) }
        func give(_ seq: UInt64, to client: Int, after seconds: Int) {
            let message = Driver.message(seq, from: "user 0", key: ["a", "b", "c"][Int(seq) - 1])
            record.observe(.message(.lobby, Self.epoch, message, .live), client: client, at: start + .seconds(seconds))
        }
        for client in 0...1 { give(1, to: client, after: 1) }
        record.setDeaf(true, client: 1)
        give(2, to: 0, after: 3)
        record.setDeaf(false, client: 1)
        give(2, to: 1, after: 9)
        #expect(record.numbers.longestSilence == .seconds(2))
        give(3, to: 1, after: 13)
        #expect(record.numbers.longestSilence == .seconds(4))
        record.stopSending()
        give(3, to: 0, after: 60)
        #expect(record.numbers.longestSilence == .seconds(4))
    }
}
