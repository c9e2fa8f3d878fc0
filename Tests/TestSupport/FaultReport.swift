package import ChatClient
import Foundation
import Synchronization

/// What one run of a fault came to. Written as one line of JSON to the file that `WEBCHAT_FAULT_REPORT` names;
/// `scripts/faulttable.py` makes the table of `docs/reliability.md` from it.
package struct FaultReport: Codable, Sendable {
    /// The numbers of the table in `docs/reliability.md`.
    package let fault: Int
    package let title: String
    package let sent: Int
    package let acked: Int
    /// Edits, deletions and reactions among what was sent, and those that were not to be done.
    package let acts: Int
    package let actsRefused: Int
    /// Messages as somebody shows them that were held against the log.
    package let statesCompared: Int
    package let received: Int
    package let lost: Int
    package let doubled: Int
    package let reordered: Int
    package let hiddenGaps: Int
    /// Everything else that the checker counts as wrong.
    package let otherFaults: Int
    package let toldGaps: Int
    /// Acknowledged, and gone with what Redis itself lost; told.
    package let lostByRedis: Int
    /// From the end of the fault until everybody had everything; `nil` where that says nothing.
    package let secondsToHeal: Double?
    /// From the fault, or from its end, until every node's view of the others was what it had to become.
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
        toldGaps = verdict.toldGaps
        lostByRedis = verdict.lostByRedis
        secondsToHeal = timeToHeal.map { $0 / .seconds(1) }
        secondsToAgree = timeToAgree.map { $0 / .seconds(1) }
        self.seed = seed
    }

    /// Appends it to the report, if there is one, and prints it.
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
