/// A child failed more often than its policy allows, and with it its supervisor. Thrown out of `Supervisor.run()`, up
/// to the next supervisor or out of the process.
package struct SupervisionError: Error, CustomStringConvertible {
    package let supervisor: String
    package let child: String
    /// The child's last error.
    package let cause: any Error

    package var description: String {
        "\(supervisor) gave up, because \(child) failed too often; its last error: \(cause)"
    }
}

/// The failure of a permanent child whose `run()` returned although nobody had told it to end.
package struct ChildReturned: Error, Hashable, CustomStringConvertible {
    package var description: String { "run() returned, though it was to run for ever" }
}
