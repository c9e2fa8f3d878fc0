import ChatModel
import ChatProtocol
import Testing

@testable import ChatClient

/// A client that comes back to a room from which it was removed.
struct ReturningClientTests {
    private static func live() -> Driver {
        var configuration = ClientConfiguration(name: "ann")
        configuration.returnAfter = .seconds(1)
        var driver = Driver()
        driver.machine = ClientStateMachine(configuration: configuration)
        _ = driver.machine.join(.lobby)
        _ = driver.does(driver.machine.start(now: driver.now))
        driver.greets()
        _ = driver.hears(Driver.joined([1, 2]))
        return driver
    }

    private static let rejoin =
        #"{"type":"join","room":"lobby","since":"\#(Driver.id(2))","epoch":"\#(Driver.epoch)"}"#

    @Test func itAsksAgainAndResumesFromWhereItWas() {
        var client = Self.live()
        #expect(client.hears(.left(room: .lobby, reason: "banned")) == ["expelled banned"])
        #expect(client.waits(.milliseconds(900)) == [])
        #expect(client.waits(.milliseconds(100)) == [Self.rejoin])
        #expect(client.hears(.error(FrameError(.forbidden, "no", room: "lobby"))) == ["expelled forbidden"])
        #expect(client.waits(.seconds(1)) == [Self.rejoin])
        #expect(client.hears(.error(FrameError(.notFound, "no", room: "lobby"))) == ["expelled not_found"])
        #expect(client.waits(.seconds(1)) == [Self.rejoin])
        #expect(client.hears(Driver.joined([3])) == ["joined", "page 3", "caughtUp"])
    }

    @Test func whatItCouldNotSendWaitsForItsReturn() {
        var client = Self.live()
        let frame = #"{"type":"chat","room":"lobby","text":"a","key":"a"}"#
        #expect(client.sends("a") == [frame])
        _ = client.hears(.left(room: .lobby, reason: "removed"))
        #expect(client.hears(.error(FrameError(.notJoined, "join first", room: "lobby", key: "a"))) == [])
        _ = client.waits(.seconds(1))
        #expect(client.hears(Driver.joined([3])) == ["joined", "page 3", "caughtUp", frame])
        #expect(client.hears(.ack(room: .lobby, key: "a", id: Driver.id(4))) == ["acked a 4"])
    }

    @Test func whatTheLogHadTakenBeforeIsNotSentAgain() {
        var client = Self.live()
        _ = client.sends("a")
        _ = client.hears(.left(room: .lobby, reason: "removed"))
        _ = client.waits(.seconds(1))
        let page = Driver.joined([3], own: [3: "a"])
        #expect(client.hears(page) == ["joined", "page 3", "acked a 3", "caughtUp"])
    }

    @Test func theAnswerMayComeAfterTheRemoval() {
        var client = Self.live()
        _ = client.sends("a")
        _ = client.hears(.left(room: .lobby, reason: "banned"))
        #expect(client.hears(.ack(room: .lobby, key: "a", id: Driver.id(3))) == ["acked a 3"])
    }

    @Test func otherClientsLeaveForGood() {
        var client = Driver.live()
        #expect(client.hears(.left(room: .lobby, reason: "banned")) == ["left"])
        #expect(client.waits(.seconds(2)) == [])
    }
}
