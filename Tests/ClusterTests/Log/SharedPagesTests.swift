import ChatModel
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import Cluster

@Suite struct SharedPagesTests {
    private static let page = LogPage(head: .empty, messages: [], more: false, reached: nil)

    private static func key(_ number: Int) -> SharedPages.Key {
        SharedPages.Key(room: .lobby, range: .forward(after: .zero, through: nil, limit: number))
    }

    private static func client(_ number: Int, _ journal: Journal<Int?>) -> SharedPages.Client {
        SharedPages.Client(eventLoop: EmbeddedEventLoop()) { journal.add($0 == nil ? nil : number) }
    }

    @Test func aPageIsSharedFromTheBeginningOfItsReadForASecond() {
        let (pages, served) = (SharedPages(), Journal<Int?>())
        let start = NIODeadline.uptimeNanoseconds(7)
        #expect(pages.ask(Self.key(1), Self.client(1, served), mayRead: false, at: start) == nil)
        #expect(pages.ask(Self.key(1), Self.client(1, served), mayRead: true, at: start) == .read)
        #expect(pages.ask(Self.key(1), Self.client(2, served), mayRead: false, at: start) == .served)
        #expect(served.all == [])
        pages.ended(Self.key(1), Self.page)
        #expect(served.all == [2])
        let end = start + SharedPages.lifetime
        #expect(pages.ask(Self.key(1), Self.client(3, served), mayRead: false, at: end - .nanoseconds(1)) == .served)
        #expect(served.all == [2, 3])
        #expect(pages.ask(Self.key(1), Self.client(4, served), mayRead: false, at: end) == nil)
        pages.dropOld(at: end)
        #expect(pages.count == 0)
    }

    @Test func aReadThatTakesLongerThanASecondIsNotWaitedFor() {
        let (pages, served) = (SharedPages(), Journal<Int?>())
        let start = NIODeadline.uptimeNanoseconds(7)
        #expect(pages.ask(Self.key(1), Self.client(1, served), mayRead: true, at: start) == .read)
        let end = start + SharedPages.lifetime
        #expect(pages.ask(Self.key(1), Self.client(2, served), mayRead: true, at: end) == .readAlone)
        pages.ended(Self.key(1), Self.page)
        #expect(served.all == [] && pages.ask(Self.key(1), Self.client(3, served), mayRead: true, at: end) == .read)
    }

    @Test func whatIsNotForEverybodyIsReadByEach() {
        let (pages, served) = (SharedPages(), Journal<Int?>())
        let now = NIODeadline.uptimeNanoseconds(7)
        #expect(pages.ask(Self.key(1), Self.client(1, served), mayRead: true, at: now) == .read)
        for number in 2...4 {
            #expect(pages.ask(Self.key(1), Self.client(number, served), mayRead: false, at: now) == .served)
        }
        pages.ended(Self.key(1), nil)
        #expect(served.all == [nil, nil, nil] && pages.count == 0)
    }

    @Test func nobodyWaitsForGoodOrGetsAnOldPageAndMemoryIsBounded() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let (pages, served) = (SharedPages(), Journal<Int?>())
        var now = NIODeadline.uptimeNanoseconds(1)
        var reading: [(key: SharedPages.Key, began: NIODeadline)] = []
        var waiting = 0
        for number in 0..<5_000 {
            now = now + .milliseconds(.random(in: 0...30, using: &generator))
            if !reading.isEmpty, Bool.random(using: &generator) {
                let (key, _) = reading.remove(at: .random(in: reading.indices, using: &generator))
                pages.ended(key, Bool.random(using: &generator) ? Self.page : nil)
            }
            let key = Self.key(.random(in: 1...60, using: &generator))
            let before = served.all.count
            let mayRead = Bool.random(using: &generator)
            let verdict = pages.ask(key, Self.client(number, served), mayRead: mayRead, at: now)
            switch verdict {
            case nil: #expect(!mayRead, "seed \(seed)")
            case .served:
                waiting += 1
                if served.all.count == before {
                    let began = reading.first { $0.key == key }?.began
                    #expect(began.map { now - $0 < SharedPages.lifetime } == true, "seed \(seed)")
                }
            case .read: reading.append((key, now))
            case .readAlone: #expect(mayRead, "seed \(seed)")
            }
            #expect(pages.count <= SharedPages.mostPages, "seed \(seed)")
        }
        for (key, _) in reading { pages.ended(key, Self.page) }
        #expect(served.all.count == waiting, "seed \(seed)")
    }
}
