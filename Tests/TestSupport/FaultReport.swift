package import ChatClient
import Foundation
import Synchronization

/// The result of one fault run, written as one line of JSON to the file named by `WEBCHAT_FAULT_REPORT`;
/// `scripts/faulttable.py` generates the table of `docs/reliability.md` from it.
package struct FaultReport: Codable, Sendable {
    /// The fault's number in the table of `docs/reliability.md`.
    package let fault: Int
    package let title: String
    package let sent: Int
    package let acked: Int
    /// Edits, deletions and reactions among the sent frames, and those that had to be refused.
    package let acts: Int
    package let actsRefused: Int
    /// Displayed messages that were compared with the log.
    package let statesCompared: Int
    package let received: Int
    package let lost: Int
    package let doubled: Int
    package let reordered: Int
    package let hiddenGaps: Int
    /// All other faults that the checker counts.
    package let otherFaults: Int
    package let reportedGaps: Int
    /// Acknowledged messages that Redis itself lost; reported to clients.
    package let lostByRedis: Int
    /// From the end of the fault until every client had every message; `nil` where that is meaningless.
    package let secondsToHeal: Double?
    /// From the fault, or from its end, until every node had the expected view of the others.
    package let secondsToAgree: Double?
    package let seed: UInt64

    package init(
        fault: Int, title: String, verdict: HistoryVerdict, timeToHeal: Duration? = nil,
        timeToAgree: Duration? = nil, seed: UInt64
    ) {
        let named: [HistoryVerdict.Fault] = [.lost, .doubled, .reordered, .hiddenGap]
        self.fault = fault
        self.title = title
        sent = verdict.sent
        acked = verdict.acked
        acts = verdict.acts
        actsRefused = verdict.actsRefused
        statesCompared = verdict.statesCompared
        received = verdict.received
        lost = verdict[.lost]
        doubled = verdict[.doubled]
        reordered = verdict[.reordered]
        hiddenGaps = verdict[.hiddenGap]
        otherFaults = HistoryVerdict.Fault.allCases.filter { !named.contains($0) }.reduce(0) { $0 + verdict[$1] }
        reportedGaps = verdict.reportedGaps
        lostByRedis = verdict.lostByRedis
        secondsToHeal = timeToHeal.map { $0 / .seconds(1) }
        secondsToAgree = timeToAgree.map { $0 / .seconds(1) }
        self.seed = seed
    }

    /// Appends the result to the report, if there is one, and prints it.
    package func record() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(self) + Data("\n".utf8)
        print("fault \(fault): \(String(decoding: line, as: UTF8.self))", terminator: "")
        guard let path = ProcessInfo.processInfo.environment["WEBCHAT_FAULT_REPORT"], !path.isEmpty else { return }
        try Self.writing.withLock { _ in
            if !FileManager.default.fileExists(atPath: path) {
                guard FileManager.default.createFile(atPath: path, contents: nil) else {
                    throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
                }
            }
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: line)
        }
    }

    private static let writing = Mutex(())
}
