import Foundation
import Supervision
import UnixSignals

/// The node takes the first SIGTERM or SIGINT for the order to end gently, and hears no other. Somebody who sends a
/// second one does not want to wait: this one ends the process at once.
enum SecondSignalExit {
    /// - `body`: gets the signals for itself. They are caught from now on, however long it takes to hear them.
    static func watching(_ body: @escaping @Sendable (UnixSignalsSequence) async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let first = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withCompanion {
            var heard = 0
            for await signal in signals {
                heard += 1
                // As a shell reports a process that the signal itself has ended.
                if heard == 2 { exit(128 + (signal == .sigterm ? SIGTERM : SIGINT)) }
            }
        } body: {
            try await body(first)
        }
    }
}
