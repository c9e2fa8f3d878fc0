/// A child failed more often than its policy allows, and so its supervisor failed too. `Supervisor.run()` throws it to
/// the next supervisor; from the outermost it ends the process and is the last output.
package struct SupervisionError: Error, CustomStringConvertible {
    package let supervisor: String
    package let child: String
    /// The child's last error.
    package let cause: any Error
    /// Failures within `window`.
    package let failures: Int
    package let window: Duration

    /// From the outermost supervisor to the child that failed first.
    private var path: String {
        guard let inner = cause as? SupervisionError else { return "\(supervisor)/\(child)" }
        return "\(supervisor)/\(inner.path)"
    }

    private var origin: SupervisionError {
        (cause as? SupervisionError)?.origin ?? self
    }

    /// Of the child that failed first.
    package var rootCause: any Error { origin.cause }

    package var description: String {
        let origin = origin
        let often = origin.failures > 1 ? " \(origin.failures) times within \(origin.window.plain)" : ""
        return "giving up: \(path) failed\(often): \(origin.cause)"
    }
}

/// A permanent child's `run()` returned without a shutdown.
package struct ChildReturned: Error, Hashable, CustomStringConvertible {
    package var description: String { "service exited unexpectedly" }
}
