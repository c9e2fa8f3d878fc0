import Foundation
import Supervision
import Synchronization
import UnixSignals

/// Ctrl-C ends the run early but still prints the report. A second one exits at once.
final class Interruption: Sendable {
    private let count = Atomic<Int>(0)

    private init() {}

    var happened: Bool { count.load(ordering: .relaxed) > 0 }

    static func watching<Value: Sendable>(_ body: (Interruption) async throws -> Value) async throws -> Value {
        let interruption = Interruption()
        let signals = await UnixSignalsSequence(trapping: .sigint)
        return try await withCompanion {
            for await _ in signals {
                if interruption.count.add(1, ordering: .relaxed).newValue == 2 { exit(128 + SIGINT) }
            }
        } body: {
            try await body(interruption)
        }
    }
}
