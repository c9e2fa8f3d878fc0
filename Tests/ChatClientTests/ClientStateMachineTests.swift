import ChatModel
import ChatProtocol
import Testing

@testable import ChatClient

struct ClientStateMachineTests {
    @Test func helloIsSentFirstAndJoinsFollowTheWelcome() {
        var client = Driver()
        #expect(client.does(client.machine.join(.lobby)) == [])
        #expect(client.does(client.machine.start(now: client.now)) == ["connect"])
        #expect(client.does(client.machine.opened(now: client.now)) == [#"{"type":"hello","name":"ann"}"#])
        #expect(client.hears(.welcome(Driver.welcome)) == ["opened", #"{"type":"join","room":"lobby"}"#])
        #expect(client.hears(Driver.joined([1, 2])) == ["joined fresh", "page 1", "page 2", "caughtUp"])
        #expect(client.hears(Driver.chat(3)) == ["live 3"])
    }

    @Test func atMostOneMessageOfARoomIsInFlight() {
        var client = Driver.live()
        #expect(client.sends("a") == [#"{"type":"chat","room":"lobby","text":"a","key":"a"}"#])
        #expect(client.sends("b") == [])
        #expect(
            client.hears(.ack(room: .lobby, key: "a", id: Driver.id(1)))
                == ["acked a 1", #"{"type":"chat","room":"lobby","text":"b","key":"b"}"#])
        #expect(client.hears(.ack(room: .lobby, key: "b", id: Driver.id(2))) == ["acked b 2"])
        #expect(client.machine.deadline(now: client.now) == client.now + .seconds(25))
    }

    /// Until replicas have it, a failover may still lose it.
    @Test func aMessageThatArrivedIsKeptUntilItsAck() {
        var client = Driver.live()
        _ = client.sends("a")
        _ = client.sends("b")
        #expect(client.hears(Driver.chat(1, from: "me", key: "a")) == ["live 1"])
        #expect(client.waits(.seconds(5)) == [#"{"type":"chat","room":"lobby","text":"a","key":"a"}"#])
        #expect(
            client.hears(.ack(room: .lobby, key: "a", id: Driver.id(1)))
                == ["acked a 1", #"{"type":"chat","room":"lobby","text":"b","key":"b"}"#])
    }

    @Test func aLogThatStillHasItConfirmsAMessageThatArrived() {
        var client = Driver.live()
        _ = client.sends("a")
        _ = client.hears(Driver.chat(1, from: "me", key: "a"))
        client.reconnects()
        _ = client.hears(.welcome(Driver.welcome))
        #expect(client.hears(Driver.joined([], recovered: true, head: 1)) == ["joined", "acked a 1", "caughtUp"])
        #expect(client.waits(.seconds(5)) == [])
    }

    @Test func aMessageThatArrivedAndWasLostIsSentAgain() {
        var client = Driver.live()
        _ = client.sends("a")
        _ = client.hears(Driver.chat(1, from: "me", key: "a"))
        client.reconnects()
        _ = client.hears(.welcome(Driver.welcome))
        let missing = ServerFrame.Missing(from: Driver.id(1), to: Driver.id(1))
        #expect(
            client.hears(Driver.joined([2], recovered: false, missing: missing)).last
                == #"{"type":"chat","room":"lobby","text":"a","key":"a"}"#)
    }

    @Test func anUnackedMessageIsResentAfterFiveSeconds() {
        var client = Driver.live()
        _ = client.sends("a")
        #expect(client.waits(.seconds(4)) == [])
        #expect(client.waits(.seconds(1)) == [#"{"type":"chat","room":"lobby","text":"a","key":"a"}"#])
        #expect(client.waits(.seconds(4)) == [])
    }

    @Test(arguments: [ErrorCode.rateLimited, .unavailable])
    func aDelayedMessageIsResentWhenTheServerSays(code: ErrorCode) {
        var client = Driver.live()
        _ = client.sends("a")
        let error = FrameError(code, "later", room: "lobby", key: "a", retryAfterMs: 700)
        #expect(client.hears(.error(error)) == ["put off a \(code.rawValue)"])
        #expect(client.machine.deadline(now: client.now) == client.now + .milliseconds(700))
        #expect(client.waits(.milliseconds(700)) == [#"{"type":"chat","room":"lobby","text":"a","key":"a"}"#])
    }

    @Test func aRejectedMessageMakesRoomForTheNext() {
        var client = Driver.live()
        _ = client.sends("a")
        _ = client.sends("b")
        let error = FrameError(.tooLong, "shorter", room: "lobby", key: "a")
        #expect(
            client.hears(.error(error))
                == ["refused a too_long", #"{"type":"chat","room":"lobby","text":"b","key":"b"}"#])
    }

    @Test func aFullOutboxRejectsMessages() {
        var client = Driver.live()
        for number in 0..<50 { _ = client.sends("\(number)") }
        #expect(client.sends("one more") == ["refused one more unavailable"])
    }

    @Test func aRejoinContinuesFromTheLastMessageAndSendsWhatTheLogLacks() {
        var client = Driver.live()
        _ = client.hears(Driver.chat(1))
        _ = client.sends("a")
        _ = client.sends("b")
        client.reconnects()
        #expect(
            client.hears(.welcome(Driver.welcome)) == [
                "opened",
                #"{"type":"join","room":"lobby","since":"\#(Driver.id(1))","epoch":"\#(Driver.epoch)"}"#,
            ])
        #expect(
            client.hears(Driver.joined([2, 3], recovered: true, own: [3: "a"], head: 4, more: true))
                == ["joined", "page 2", "page 3", "acked a 3"])
        #expect(
            client.hears(.resume(room: .lobby, epoch: Driver.epoch, messages: [Driver.message(4)], more: false))
                == ["page 4", "caughtUp", #"{"type":"chat","room":"lobby","text":"b","key":"b"}"#])
    }

    @Test func aRepeatedMessageIsReportedAsARepeat() {
        var client = Driver.live()
        _ = client.hears(Driver.chat(1))
        #expect(client.hears(Driver.chat(1)) == ["repeated 1"])
    }

    @Test func anUnrecoverableRangeIsAGap() {
        var client = Driver.live()
        _ = client.hears(Driver.chat(1))
        client.reconnects()
        _ = client.hears(.welcome(Driver.welcome))
        let missing = ServerFrame.Missing(from: Driver.id(2), to: Driver.id(8))
        #expect(
            client.hears(Driver.joined([9, 10], recovered: false, missing: missing))
                == ["joined", "gap after 1 missing 2...8 restarts", "page 9", "page 10", "caughtUp"])
    }

    @Test func aRoomThatWasEmptyHasAGapUnlessReadFromItsFirstMessage() {
        var client = Driver.live()
        client.reconnects()
        _ = client.hears(.welcome(Driver.welcome))
        #expect(
            client.hears(Driver.joined([60, 61], recovered: false))
                == ["joined", "gap after 0 restarts", "page 60", "page 61", "caughtUp"])
    }

    @Test func aRoomThatWasEmptyIsReadFromItsBeginning() {
        var client = Driver.live()
        client.reconnects()
        #expect(
            client.hears(.welcome(Driver.welcome)).last
                == #"{"type":"join","room":"lobby","since":"0-0","epoch":"0"}"#)
        #expect(client.hears(Driver.joined([1, 2], recovered: true)) == ["joined", "page 1", "page 2", "caughtUp"])
    }

    @Test func afterAGapUncertainMessagesAreLeftToTheUser() {
        var client = Driver.live()
        _ = client.hears(Driver.chat(1))
        _ = client.sends("a")
        client.now += .seconds(601)
        client.reconnects()
        _ = client.hears(.welcome(Driver.welcome))
        #expect(
            client.hears(Driver.joined([9], recovered: false))
                == ["joined", "gap after 1 restarts", "page 9", "abandoned a maybe sent", "caughtUp"])
    }

    @Test func aResetIsAGapWithoutARejoin() {
        var client = Driver.live()
        _ = client.hears(Driver.chat(1))
        let newEpoch = Epoch(random: 77, tag: 1)
        #expect(
            client.hears(
                .reset(
                    .init(
                        room: .lobby, position: RoomPosition(epoch: newEpoch, id: Driver.id(1)), recovered: false,
                        missing: nil, messages: [Driver.message(1)], more: false)))
                == ["gap after 1 restarts", "page 1", "caughtUp"])
        #expect(client.hears(.chat(room: .lobby, epoch: newEpoch, message: Driver.message(2))) == ["live 2"])
    }

    @Test func underANewIdentitySentMessagesAreLeftToTheUser() {
        var client = Driver.live()
        _ = client.sends("a")
        client.reconnects(code: 4401)
        #expect(client.lastHello == #"{"type":"hello","name":"ann"}"#)
        #expect(
            client.hears(.welcome(Driver.welcome(user: "other")))
                == ["opened", "abandoned a maybe sent", #"{"type":"join","room":"lobby","since":"0-0","epoch":"0"}"#])
    }

    @Test(arguments: [UInt16?.none, 1006, 1012, 4408]) func theTokenIsSentAgainUnlessItWasRejected(_ code: UInt16?) {
        var client = Driver.live()
        client.reconnects(code: code)
        #expect(client.lastHello == #"{"type":"hello","token":"token of me","name":"ann"}"#)
    }

    @Test func silenceIsPingedAndThenClosesTheConnection() {
        var client = Driver.live()
        #expect(client.waits(.seconds(25)) == [#"{"type":"ping"}"#])
        #expect(client.waits(.seconds(9)) == [])
        #expect(client.waits(.seconds(1)) == ["close 4000"])
    }

    @Test func anyFrameEndsTheWaitForThePong() {
        var client = Driver.live()
        _ = client.waits(.seconds(25))
        _ = client.hears(.pong(at: nil))
        #expect(client.waits(.seconds(24)) == [])
        #expect(client.waits(.seconds(1)) == [#"{"type":"ping"}"#])
    }

    @Test func aServerWithoutAWelcomeIsLeft() {
        var client = Driver()
        _ = client.does(client.machine.start(now: client.now))
        _ = client.does(client.machine.opened(now: client.now))
        #expect(client.waits(.seconds(10)) == ["close"])
    }

    @Test func waitsGrowUntilTheClientIsBackInItsRooms() {
        var client = Driver.live()
        var longest = Duration.zero
        for _ in 0..<12 {
            let delay = client.loses()
            #expect(delay <= .seconds(20))
            longest = max(longest, delay)
            _ = client.waits(delay)
        }
        #expect(longest > .seconds(2))
        client.greets()
        _ = client.hears(Driver.joined([]))
        #expect(client.loses() <= .milliseconds(500))
    }

    @Test func goodbyeSaysWhenToReconnect() {
        var client = Driver.live()
        _ = client.hears(.goodbye(reason: "restart", reconnectAfterMs: 1_234))
        #expect(client.loses(code: 1012) == .milliseconds(1_234))
    }

    @Test func anUnavailableRoomIsJoinedAgain() {
        var client = Driver.joining()
        _ = client.hears(.error(FrameError(.unavailable, "no Redis", room: "lobby", retryAfterMs: 300)))
        #expect(client.waits(.milliseconds(300)) == [#"{"type":"join","room":"lobby"}"#])
    }

    @Test func aRejectedJoinIsReported() {
        var client = Driver.joining()
        #expect(
            client.hears(.error(FrameError(.tooManyRooms, "leave one", room: "lobby")))
                == ["refused room too_many_rooms"])
    }

    @Test func framesThatArriveWhileLeavingAreIgnored() {
        var client = Driver.live()
        #expect(client.does(client.machine.leave(.lobby)) == [#"{"type":"leave","room":"lobby"}"#])
        #expect(client.hears(Driver.chat(1)) == [])
        #expect(client.hears(.left(room: .lobby, reason: "")) == ["left"])
        #expect(client.hears(Driver.chat(2)).first?.hasPrefix("violation") == true)
    }

    @Test func onlyMembersRequestHistory() {
        var client = Driver()
        #expect(client.does(client.machine.ask(for: .before(nil), of: .lobby, limit: 200)) == [])
        client = Driver.live()
        #expect(
            client.does(client.machine.ask(for: .before(Driver.id(9)), of: .lobby, limit: 200))
                == [#"{"type":"history","room":"lobby","before":"\#(Driver.id(9))","limit":200}"#])
        _ = client.loses()
        #expect(client.does(client.machine.ask(for: .before(nil), of: .lobby, limit: 200)) == [])
    }

    @Test func aStoppedClientDoesNotReconnect() {
        var client = Driver.live()
        #expect(client.does(client.machine.stop()) == ["close 1000"])
        #expect(
            client.does(client.machine.closed(code: 1000, now: client.now, using: &client.generator))
                == ["closed for good"])
        #expect(client.machine.deadline(now: client.now) == nil)
    }
}
