import ChatModel
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import WebEdge

@Suite struct UploadLimitTests {
    @Test func anHourOfUploadsMayComeAtOnceAndNoMore() throws {
        let quota = UploadQuota(megabytesPerHour: 1)
        let start = NIODeadline.uptimeNanoseconds(1)
        #expect(quota.take(1_000_000, for: "ann", at: start) == nil)
        #expect(quota.take(48_576, for: "ann", at: start) == nil)
        let wait = try #require(quota.take(524_288, for: "ann", at: start))
        #expect(abs(wait - 1_800_000) < 1_000)
        #expect(quota.take(1, for: "bob", at: start) == nil)
        #expect(quota.take(524_288, for: "ann", at: start + .minutes(31)) == nil)
        #expect(quota.take(524_288, for: "ann", at: start + .minutes(31)) != nil)
        #expect(UploadQuota(megabytesPerHour: 0).take(.max, for: "ann", at: start) == nil)
    }

    @Test func tinyFilesUseUpTheQuotaToo() {
        let quota = UploadQuota(megabytesPerHour: 1)
        let start = NIODeadline.uptimeNanoseconds(1)
        for _ in 0..<64 { #expect(quota.take(1, for: "ann", at: start) == nil) }
        #expect(quota.take(1, for: "ann", at: start) != nil)
    }

    /// Any places, taken and left in any order: the limits hold, and at the end all are free.
    @Test func generatedTransfersKeepTheLimits() throws {
        var generator = SeededGenerator(seed: 6)
        let shown = Atomic(0)
        let places = TransferPlaces(most: 12, mostOfAddress: 4) { shown.store($0, ordering: .relaxed) }
        let files = try ["a", "b", "c", "d", "e", "f"].map { try #require(FileID(String(repeating: $0, count: 26))) }
        var running: [(address: String, file: FileID?, place: TransferPlaces.Place)] = []
        var refusals: Set<TransferPlaces.Refusal> = []
        for _ in 0..<5_000 {
            if Int.random(in: 0..<5, using: &generator) < 2, !running.isEmpty {
                running.remove(at: .random(in: running.indices, using: &generator))
            } else {
                let address = "\(Int.random(in: 0..<5, using: &generator))"
                let file = Bool.random(using: &generator) ? files.randomElement(using: &generator) : nil
                let ofAddress = running.count { $0.address == address }
                switch places.take(address, for: file) {
                case .success(let place):
                    #expect(running.count < 12 && ofAddress < 4)
                    #expect(file == nil || !running.contains { $0.file == file })
                    running.append((address, file, place))
                case .failure(let refusal):
                    refusals.insert(refusal)
                    switch refusal {
                    case .node: #expect(running.count == 12)
                    case .address: #expect(ofAddress == 4)
                    case .file: #expect(running.contains { $0.file == file })
                    }
                }
            }
            #expect(shown.load(ordering: .relaxed) == running.count)
        }
        #expect(refusals.count == 3)
        running = []
        #expect(shown.load(ordering: .relaxed) == 0)
    }

    /// Whatever a path ends with, the header is one line of harmless ASCII from which the name can be read.
    @Test func generatedNamesAreSafeInTheHeader() throws {
        var generator = SeededGenerator(seed: 5)
        let pool = Array("aZ9.-_ /\\\"';,%=\r\n\t\0ü😀\u{202E}".unicodeScalars)
        for _ in 0..<2_000 {
            let scalars = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pool.randomElement(using: &generator)!
            }
            let name = String(String.UnicodeScalarView(scalars))
            let path = "/files/a/b/" + (name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
            let header = FileRoutes.disposition(of: path, isShown: false)
            #expect(header.wholeMatch(of: /attachment; filename\*=UTF-8''[A-Za-z0-9._%-]+/) != nil, "\(header)")
            let read = header.split(separator: "''").last.flatMap { String($0).removingPercentEncoding }
            #expect(read == FileName(name)?.description ?? "file")
        }
        #expect(FileRoutes.disposition(of: "/files/a/b/%zz", isShown: true) == "inline; filename*=UTF-8''file")
    }
}
