import TestSupport
import Testing

@testable import Cluster

@Suite struct HistoryTurnsTests {
    private typealias Turns = HistoryTurns<Int>

    @Test func aBusyAddressWaitsForItself() {
        var turns = Turns()
        for number in 0..<Turns.atOnceOfAddress { #expect(turns.ask(number, of: "a") == .begin) }
        for number in 0..<Turns.maximumWaitingOfAddress { #expect(turns.ask(number, of: "a") == .wait) }
        #expect(turns.ask(0, of: "a") == .refuse)
        #expect(turns.ask(0, of: "b") == .begin)
    }

    @Test func waitingRequestsAreServedAddressByAddress() {
        var turns = Turns()
        for number in 0..<Turns.atOnce { #expect(turns.ask(number, of: "running \(number)") == .begin) }
        for number in 1...3 { #expect(turns.ask(number, of: "many") == .wait) }
        #expect(turns.ask(4, of: "one") == .wait)
        let next = (0..<Turns.atOnce).compactMap { turns.ended(of: "running \($0)")?.read }
        // The third of "many" waits until one of its own has ended.
        #expect(next == [1, 4, 2])
        #expect(turns.ended(of: "one")?.read == nil)
        #expect(turns.ended(of: "many")?.read == 3)
        #expect(turns.waiting == 0)
    }

    @Test func theQueueIsBounded() {
        var turns = Turns()
        var verdicts: [Turns.Verdict: Int] = [:]
        for number in 0..<2_000 { verdicts[turns.ask(number, of: "\(number / 3)"), default: 0] += 1 }
        #expect(verdicts[.begin] == Turns.atOnce)
        #expect(verdicts[.wait] == Turns.maximumWaiting)
    }

    @Test func everyAcceptedRequestBeginsAndEnds() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var turns = Turns()
        var running: [String] = []
        var taken = 0
        var begun = 0
        func check() {
            #expect(running.count <= Turns.atOnce, "seed \(seed)")
            for (_, own) in Dictionary(grouping: running, by: { $0 }) {
                #expect(own.count <= Turns.atOnceOfAddress, "seed \(seed)")
            }
        }
        func end() {
            let address = running.remove(at: Int.random(in: running.indices, using: &generator))
            if let next = turns.ended(of: address) {
                running.append(next.address)
                begun += 1
            }
            check()
        }
        for number in 0..<3_000 {
            if !running.isEmpty, Bool.random(using: &generator) { end() }
            let address = "\(Int.random(in: 0..<20, using: &generator))"
            switch turns.ask(number, of: address) {
            case .begin:
                running.append(address)
                taken += 1
                begun += 1
            case .wait: taken += 1
            case .refuse: break
            }
            check()
        }
        while !running.isEmpty { end() }
        #expect(begun == taken && turns.waiting == 0, "seed \(seed)")
    }
}
