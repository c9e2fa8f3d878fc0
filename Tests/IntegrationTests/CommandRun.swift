import Foundation
import TestSupport

/// The built `webchat` with a command that ends by itself.
final class CommandRun: Sendable {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]) ?? [:]
        }
    }

    private let directory = TemporaryDirectory()
    private let process: ChildProcess

    init(_ arguments: [String]) throws {
        process = try ChildProcess(
            [NodeProcess.built().path] + arguments, environment: [:], output: directory.output("output"),
            errors: directory.output("errors"))
    }

    var errors: String { text("errors") }

    var isRunning: Bool { process.isRunning }

    func interrupt() { process.signal(SIGINT) }

    func wait(within limit: Duration = .seconds(60)) async throws -> Result {
        try await eventually("the command ends", within: limit, state: { errors }) { !process.isRunning }
        return Result(status: process.status, output: text("output"), errors: errors)
    }

    private func text(_ name: String) -> String { directory.text(of: name) ?? "" }
}
