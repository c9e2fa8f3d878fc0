package import Foundation

/// A program that a test has started. It ends with the tests at the latest (`OrphanGuard`).
package final class ChildProcess: Sendable {
    private let process = Process()

    /// - Parameters:
    ///   - command: the program's path, or its name where it is on the path, and its arguments.
    ///   - environment: `nil`: the tests' own.
    ///   - output: `nil`: what it prints is dropped.
    ///   - errors: `nil`: they go to `output`.
    package init(
        _ command: [String], environment: [String: String]? = nil, directory: URL? = nil, output: FileHandle? = nil,
        errors: FileHandle? = nil
    ) throws {
        try Self.prepare(process, command, environment, directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? FileHandle.nullDevice
        process.standardError = errors ?? output ?? FileHandle.nullDevice
        process.terminationHandler = { OrphanGuard.shared.release($0.processIdentifier) }
        try process.run()
        OrphanGuard.shared.keep(process.processIdentifier)
    }

    deinit { signal(SIGKILL) }

    package var identifier: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }

    /// The exit status, or the negative number of the signal that ended it.
    package var status: Int32 {
        process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
    }

    /// Sends a signal, if the process still lives.
    package func signal(_ number: Int32) {
        if isRunning { kill(identifier, number) }
    }

    package func waitUntilExit() { process.waitUntilExit() }

    /// Runs a program to its end.
    /// - Returns: what it has printed, errors included, and its exit status.
    package static func run(
        _ command: [String], environment: [String: String]? = nil, directory: URL? = nil, input: Data = Data()
    ) throws -> (output: String, status: Int32) {
        let process = Process()
        try prepare(process, command, environment, directory)
        let (feed, output) = (Pipe(), Pipe())
        process.standardInput = feed
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try feed.fileHandleForWriting.write(contentsOf: input)
        try feed.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines), process.terminationStatus)
    }

    private static func prepare(
        _ process: Process, _ command: [String], _ environment: [String: String]?, _ directory: URL?
    ) throws {
        process.executableURL = try find(command[0])
        process.arguments = Array(command.dropFirst())
        if let environment { process.environment = environment }
        if let directory { process.currentDirectoryURL = directory }
    }

    private static func find(_ program: String) throws -> URL {
        if program.hasPrefix("/") { return URL(filePath: program) }
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map(String.init) ?? []
        // Debian keeps some in sbin, which is not on everybody's path.
        for folder in folders + ["/usr/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/opt/homebrew/bin"] {
            let path = "\(folder)/\(program)"
            if FileManager.default.isExecutableFile(atPath: path) { return URL(filePath: path) }
        }
        throw TestFailure("\(program) is missing: run scripts/setup test")
    }
}
