import ChatModel
import CoreMetrics
import TestSupport
import Testing

@testable import Files

@Suite struct FileUsageTests {
    private static let mebibyte = 1_048_576

    private static func usage(_ limit: Int?) -> FileUsage {
        FileUsage(limit: limit, metrics: FileMetrics(factory: NOOPMetricsHandler.instance))
    }

    /// However uploads, deletions and sweeps interleave, the store never holds more than its limit.
    @Test func generatedUploadsNeverExceedTheLimit() {
        var generator = SeededGenerator(seed: 11)
        let limit = 40 * Self.mebibyte
        let usage = Self.usage(limit)
        var stored: [Int] = []
        var running: [Int] = []
        var refused = 0
        func held() -> Int { stored.reduce(0) { $0 + StoredFile.charge($1) } }
        for _ in 0..<5_000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let bytes = Int.random(in: 1...3 * Self.mebibyte, using: &generator)
                let admitted = usage.admits(bytes)
                #expect(usage.reserve(bytes) == admitted)
                if admitted { running.append(bytes) } else { refused += 1 }
            case 5..<8 where !running.isEmpty:
                let bytes = running.remove(at: .random(in: running.indices, using: &generator))
                let isStored = Bool.random(using: &generator)
                usage.release(bytes, isStored: isStored)
                if isStored { stored.append(bytes) }
            case 8 where !stored.isEmpty:
                let bytes = stored.remove(at: .random(in: stored.indices, using: &generator))
                usage.deleted(StoredFile.charge(bytes))
            default:
                // A sweep, during which something is uploaded that it may see or not.
                let added = usage.added
                let before = held()
                let sees = Bool.random(using: &generator)
                if let bytes = running.popLast() {
                    usage.release(bytes, isStored: true)
                    stored.append(bytes)
                }
                usage.set(sees ? held() : before, since: added)
                // The next one counts what both have counted once.
                if sees { usage.set(held(), since: usage.added) }
            }
            #expect(held() + running.reduce(0) { $0 + StoredFile.charge($1) } <= limit)
        }
        #expect(refused > 100)
    }

    /// Only a count can tell.
    @Test func whatOtherNodesDeletedIsCountedOnceSomethingWasRefused() {
        let usage = Self.usage(Self.mebibyte)
        usage.granted(Self.mebibyte)
        #expect(!usage.wasFull && !usage.admits(1) && usage.wasFull)
        usage.set(0, since: usage.added)
        #expect(!usage.wasFull && usage.admits(Self.mebibyte))
        // The node that deleted it never had it.
        usage.deleted(Self.mebibyte)
        #expect(usage.reserve(Self.mebibyte) && !usage.reserve(1) && usage.wasFull)
    }

    @Test func tinyFilesCountABlockAndAnInode() {
        let usage = Self.usage(Self.mebibyte)
        var count = 0
        while usage.reserve(1) { count += 1 }
        #expect(count == 64)
        #expect(Self.usage(nil).reserve(.max))
        #expect(StoredFile.charge(.max) == 1 << 40 && StoredFile.charge(.min) == 16_384)
    }

    @Test func absurdTimesOfFilesAreSaturated() {
        var generator = SeededGenerator(seed: 12)
        let most = Int64.max
        // The year 292277026596, among others.
        var times: [Int64] = [-1, 0, 1, 9_223_372_036_854_775_000, most - 1, most, most / 1_000, -most, -most - 1]
        for _ in 0..<2_000 { times.append(Int64.random(in: Int64.min...Int64.max, using: &generator)) }
        let fractions: [Int64] = [-most - 1, -1, 0, 999_999_999, most]
        for seconds in times {
            for nanoseconds in fractions {
                let time = StoredFile.milliseconds(seconds: seconds, nanoseconds: nanoseconds)
                if abs(seconds / 1_000) < 1_000_000_000_000, nanoseconds == 0 { #expect(time == seconds * 1_000) }
                for standing in [FileStanding.unknown, .kept, .deleted] {
                    let goes = FileSweeper.mayGo(standing, storedAt: time, now: 1_800_000_000_000)
                    if time > 1_800_000_000_000 { #expect(goes == (standing == .deleted)) }
                }
            }
        }
        #expect(StoredFile.milliseconds(seconds: .max, nanoseconds: 0) == .max)
        #expect(StoredFile.milliseconds(seconds: .min, nanoseconds: 0) == .min)
    }
}
