import Testing

@testable import Identity

@Suite struct KeyRefreshTests {
    @Test func unknownKeysCauseAFetchOnceAMinute() {
        var refresh = KeyRefresh()
        let start = ContinuousClock.now
        let times = [0, 1, 59, 60, 61, 119, 120].map { start + .seconds($0) }
        let answers = times.map { refresh.request(now: $0) }
        #expect(answers == [true, false, false, true, false, false, true])
    }

    @Test func keysAreFetchedEveryTenMinutesWithJitter() {
        var refresh = KeyRefresh()
        let pauses = [refresh.succeeded { $0.lowerBound }, refresh.succeeded { $0.upperBound }]
        #expect(pauses == [.seconds(540), .seconds(660)])
    }

    @Test func failuresAreRetriedEverLessOften() {
        var refresh = KeyRefresh()
        let longest = (0..<7).map { _ in refresh.failed { $0.upperBound } }
        #expect(longest == [3, 5, 9, 17, 33, 61, 61].map { .seconds($0) })
        let shortest = refresh.failed { $0.lowerBound }
        #expect(shortest == .seconds(1))
        _ = refresh.succeeded()
        let afterSuccess = refresh.failed { $0.upperBound }
        #expect(afterSuccess == .seconds(3))
    }
}
