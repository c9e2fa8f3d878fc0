import ArgumentParser
import ChatClient
import Foundation
import NIOSSL

/// Options shared by `webchat verify` and `webchat load`: the cluster's URLs and the report format.
struct CrowdOptions: ParsableArguments {
    @Option(help: "URL of a node or the load balancer, http://host:port. Repeatable.")
    var url: [String] = ["http://127.0.0.1:8080"]

    @Option(help: "Random seed; reuse one to repeat the choices of an earlier run.")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Shell command that prints a user's token, for nodes where users sign in.",
            discussion: "Run once for each client, with its number in WEBCHAT_CLIENT; each must be another user."
                + " The tokens must last as long as the run."))
    var tokenCommand: String?

    @Flag(help: "Don't verify TLS certificates.")
    var insecure = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    func endpoints() throws(CrowdRefusal) -> [WebSocketURL] {
        var urls: [WebSocketURL] = []
        for text in url {
            guard let url = WebSocketURL(node: text) else {
                throw CrowdRefusal(
                    "--url is \"\(LogText.escaped(text))\", but must be http://host:port, https://… or ws://…")
            }
            urls.append(url)
        }
        return urls
    }

    /// One for each client; none: all are guests.
    func tokens(_ clients: Int) async throws -> [String] {
        guard let tokenCommand else { return [] }
        var tokens: [String] = []
        for client in 1...clients { tokens.append(try await Self.token(tokenCommand, client)) }
        return tokens
    }

    @concurrent private static func token(_ command: String, _ client: Int) async throws -> String {
        let (shell, output) = (Process(), Pipe())
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", command]
        shell.environment = ProcessInfo.processInfo.environment.merging(["WEBCHAT_CLIENT": "\(client)"]) { $1 }
        shell.standardOutput = output
        try shell.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        shell.waitUntilExit()
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        try require(
            shell.terminationStatus == 0 && !token.isEmpty,
            "--token-command ended with status \(shell.terminationStatus) and printed \(token.utf8.count) bytes:"
                + " it must print a token")
        return token
    }

    func tls() throws(CrowdRefusal) -> NIOSSLContext? {
        guard insecure else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw CrowdRefusal("cannot set up TLS: \(error)")
        }
    }

    /// Throws unless an option's value is in range.
    static func require(_ condition: Bool, _ what: String) throws(CrowdRefusal) {
        if !condition { throw CrowdRefusal(what) }
    }
}

/// Why a run cannot start, and what to do. Exit code 2 distinguishes it from a violated guarantee.
struct CrowdRefusal: Error, CustomStringConvertible {
    static let exitCode = ExitCode(2)

    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Runs a command. A refusal prints one line and sets the exit code.
    static func reported(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let refusal as CrowdRefusal {
            LineLogHandler.writeToStandardError("webchat: \(refusal)")
            throw exitCode
        }
    }
}
