import ArgumentParser
import Foundation
import Logging
import RedisClient
import Sealing
import Supervision

/// `webchat serve`: runs a node until it is stopped.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a node (the default command).",
        usage: "webchat serve [--<variable> <value> ...]",
        discussion: ConfigurationTable.help)

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var arguments: [String] = []

    /// EX_CONFIG of sysexits.h.
    private static let wrongConfiguration = ExitCode(78)

    func run() async throws {
        do {
            let configuration = try NodeConfiguration(
                flags: ConfigurationFlags(arguments).values,
                environment: ProcessInfo.processInfo.environment,
                machine: .ofThisProcess())
            LoggingSystem.bootstrap { label in
                LineLogHandler(label: label, format: configuration.logFormat, level: configuration.logLevel)
            }
            let logger = Logger(label: "webchat")
            if configuration.namesPrometheusDirectory {
                logger.notice("PROMETHEUS_MULTIPROC_DIR is ignored: a node is a single process")
            }
            let node = Node(configuration: configuration, logger: logger)
            try await SecondSignalExit.watching { try await node.run(until: $0) }
        } catch let error as ConfigurationError {
            throw fail(error.description, Self.wrongConfiguration)
        } catch let error as SupervisionError where (error.rootCause as? RedisError)?.code == .wrongKind {
            throw fail("\(error.rootCause)", Self.wrongConfiguration)
        } catch let error as SealingError {
            throw fail(error.description, Self.wrongConfiguration)
        } catch {
            throw fail("\(error)", .failure)
        }
    }

    /// One line instead of swift-argument-parser's three.
    private func fail(_ message: String, _ code: ExitCode) -> ExitCode {
        LineLogHandler.writeToStandardError("webchat: \(message)")
        return code
    }
}
