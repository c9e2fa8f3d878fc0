/// Waits until a condition holds, looking every few milliseconds; gives up after `deadline`.
/// - Returns: whether it holds. Meant for `#expect(await eventually { … })`.
package func eventually(
    within deadline: Duration = .seconds(10), _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + deadline
    while true {
        if try await condition() { return true }
        guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(10))) != nil else { return false }
    }
}
