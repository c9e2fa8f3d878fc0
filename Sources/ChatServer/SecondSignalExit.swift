import Foundation
import Supervision
import UnixSignals

/// The first SIGTERM or SIGINT starts a graceful shutdown. A second one exits immediately.
enum SecondSignalExit {
    /// - `body`: gets its own signal sequence. Signals are trapped from now on, even if `body` reads them later.
    static func watching(_ body: @escaping @Sendable (UnixSignalsSequence) async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let first = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withCompanion {
            var heard = 0
            for await signal in signals {
                heard += 1
                // The exit status a shell reports for a process killed by the signal.
                if heard == 2 { exit(128 + (signal == .sigterm ? SIGTERM : SIGINT)) }
            }
        } body: {
            try await body(first)
        }
    }
}
