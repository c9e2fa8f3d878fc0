/// A child failed more often than its policy allows, and with it its supervisor. Thrown out of `Supervisor.run()`, up
/// to the next supervisor or out of the process, where it is the last that is said.
package struct SupervisionError: Error, CustomStringConvertible {
    package let supervisor: String
    package let child: String
    /// The child's last error.
    package let cause: any Error
    /// So often it failed within `window`.
    package let failures: Int
    package let window: Duration

    /// From the outermost supervisor to the child that began it.
    private var path: String {
        guard let inner = cause as? SupervisionError else { return "\(supervisor)/\(child)" }
        return "\(supervisor)/\(inner.path)"
    }

    private var origin: SupervisionError {
        (cause as? SupervisionError)?.origin ?? self
    }

    package var description: String {
        let origin = origin
        let often = origin.failures > 1 ? " \(origin.failures) times within \(origin.window.plain)" : ""
        return "cannot go on: \(path) failed\(often): \(origin.cause)"
    }
}

/// The failure of a permanent child whose `run()` returned although nobody had told it to end.
package struct ChildReturned: Error, Hashable, CustomStringConvertible {
    package var description: String { "it ended by itself, though it was to run for ever" }
}
