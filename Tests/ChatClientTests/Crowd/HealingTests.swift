import Testing

@testable import ChatClient

struct HealingTests {
    private static let start = ContinuousClock.now

    private static func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func aLiveClientWithNothingWaitingIsHealed() {
        var healing = Healing()
        #expect(healing.isWell)
        healing.disturbed(at: Self.at(1))
        healing.disturbed(at: Self.at(2))
        #expect(!healing.isWell)
        healing.everybodyIsLive(waiting: 0, at: Self.at(4))
        #expect(healing.isWell)
        #expect(healing.times.count == 1 && healing.times.max == .seconds(3))
    }

    @Test func onlyMessagesFromBeforeMustBeAcked() {
        var healing = Healing()
        healing.disturbed(at: Self.at(1))
        healing.everybodyIsLive(waiting: 2, at: Self.at(4))
        healing.settled(sentAt: Self.at(5), at: Self.at(5))
        healing.settled(sentAt: Self.at(2), at: Self.at(6))
        #expect(!healing.isWell)
        healing.settled(sentAt: Self.at(3), at: Self.at(7))
        #expect(healing.times.max == .seconds(6))
    }

    @Test func aSecondDisturbanceExtendsTheFirst() {
        var healing = Healing()
        healing.disturbed(at: Self.at(1))
        healing.everybodyIsLive(waiting: 1, at: Self.at(2))
        healing.disturbed(at: Self.at(3))
        healing.settled(sentAt: Self.at(1), at: Self.at(4))
        #expect(!healing.isWell)
        healing.everybodyIsLive(waiting: 0, at: Self.at(9))
        #expect(healing.times.count == 1 && healing.times.max == .seconds(8))
    }

    @Test func withoutADisturbanceThereIsNothingToHeal() {
        var healing = Healing()
        healing.everybodyIsLive(waiting: 3, at: Self.at(1))
        healing.settled(sentAt: Self.at(0), at: Self.at(1))
        #expect(healing.isWell && healing.times.count == 0)
    }
}
