import ChatClient
import ChatModel
import TestSupport
import Testing

extension Crowd {
    /// Clients of nodes that run here.
    init(_ count: Int, on nodes: [NodeProcess], rooms: [RoomName], acts: Int = Crowd.acts) {
        self.init(count, at: nodes.map { WebSocketURL(host: $0.host, port: $0.port) }, rooms: rooms, acts: acts)
    }

    /// Compares the settled clients with the log, and expects no fault and no gap.
    func judge(seed: UInt64) async throws -> HistoryVerdict {
        try await stopAndCompare()
        let verdict = record.verdict
        try #require(verdict.statesCompared > 0, "\(verdict), seed \(seed)")
        try #require(verdict.isClean && verdict.isComplete, "\(verdict), seed \(seed)")
        return verdict
    }
}
