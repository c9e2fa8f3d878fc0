import ChatModel
import Synchronization
import Testing

@testable import WebEdge

@Suite struct RelayWatchTests {
    private final class World: Sendable {
        let trouble = Mutex<String?>(nil)
        let told = Mutex<[Bool]>([])
    }

    private let world = World()
    private let start = ContinuousClock.now

    private func makeWatch() -> RelayWatch {
        RelayWatch(
            status: { [world] in
                let trouble = world.trouble.withLock { $0 }
                return .init(kind: .redis, connected: trouble == nil, trouble: trouble)
            }, topology: { nil }, tell: { [world] writable in world.told.withLock { $0.append(writable) } })
    }

    @Test func aLastingProblemIsReportedOnceAndItsEndAtOnce() {
        let watch = makeWatch()
        watch.look(now: start)
        #expect(watch.isWritable && watch.events.isEmpty)
        world.trouble.withLock { $0 = "no connection" }
        watch.look(now: start)
        watch.look(now: start + .milliseconds(900))
        #expect(watch.isWritable && world.told.withLock { $0.isEmpty })
        for later in [1, 2, 3] { watch.look(now: start + .seconds(later)) }
        #expect(!watch.isWritable)
        #expect(world.told.withLock { $0 } == [false])
        world.trouble.withLock { $0 = nil }
        watch.look(now: start + .seconds(4))
        #expect(watch.isWritable)
        #expect(world.told.withLock { $0 } == [false, true])
        #expect(watch.events.map(\.trouble) == ["no connection", nil])
    }

    @Test func briefProblemsAreNotReported() {
        let watch = makeWatch()
        for second in 0..<10 {
            world.trouble.withLock { $0 = "lost" }
            watch.look(now: start + .seconds(second))
            world.trouble.withLock { $0 = nil }
            watch.look(now: start + .seconds(second) + .milliseconds(500))
        }
        #expect(world.told.withLock { $0.isEmpty } && watch.events.isEmpty)
    }

    @Test func onlyTheLatestEventsAreKept() {
        let watch = makeWatch()
        for second in 0..<100 {
            world.trouble.withLock { $0 = second % 3 == 2 ? nil : "lost \(second)" }
            watch.look(now: start + .seconds(second))
        }
        #expect(watch.events.count == RelayWatch.remembered)
    }
}
