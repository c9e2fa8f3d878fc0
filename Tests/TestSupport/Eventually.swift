/// Waits until a condition holds, looking every few milliseconds; gives up after `deadline`. That is long, for a
/// machine that has other things to do: whoever means to prove that something is quick, says how quick.
/// - Returns: whether it holds. Meant for `#expect(await eventually { … })`.
package func eventually(
    within deadline: Duration = .seconds(30), _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + deadline
    while true {
        if try await condition() { return true }
        guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(5))) != nil else { return false }
    }
}

/// The same, for what the rest of a test cannot do without.
/// - Throws: `TestFailure`, which says what was waited for, and what `state` says of it.
package func eventually(
    _ what: String, within limit: Duration = .seconds(30), state: () -> String = { "" },
    _ condition: () async throws -> Bool
) async throws {
    guard try await eventually(within: limit, condition) else {
        throw TestFailure("not within \(limit): \(what) \(state())")
    }
}
