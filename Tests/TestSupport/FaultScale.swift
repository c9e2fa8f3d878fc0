import Foundation

/// How much a fault's test does: a little in every test run, a lot when `WEBCHAT_FAULTS` is `long` (`make test-faults`).
package enum FaultScale {
    package static let isLong = ProcessInfo.processInfo.environment["WEBCHAT_FAULTS"] == "long"

    package static func choose<Value>(quick: Value, long: Value) -> Value { isLong ? long : quick }

    /// Of everything random in a test; `WEBCHAT_SEED` repeats a run.
    package static func seed() -> UInt64 {
        ProcessInfo.processInfo.environment["WEBCHAT_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
    }
}
