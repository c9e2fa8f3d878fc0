/// A condition that did not come true in time.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    package let description: String
}

/// Waits until a condition holds; looks every few milliseconds.
/// - Throws: `DeadlineExceeded`, which says what was waited for, and what `state` says of it.
package func eventually(
    _ what: String, within limit: Duration = .seconds(10), state: () -> String = { "" },
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw DeadlineExceeded(description: "not within \(limit): \(what) \(state())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
