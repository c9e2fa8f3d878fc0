/// Runs `companion` for the duration of `body`: for code that ends the supervisors and so cannot run under one.
package func withCompanion<Value: Sendable>(
    _ companion: @escaping @Sendable () async -> Void, body: () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await companion() }
        defer { group.cancelAll() }
        return try await body()
    }
}
