import ArgumentParser
import ChatClient
import Foundation
import NIOSSL

/// What `webchat verify` and `webchat load` have in common: where the cluster is, and how the run is told.
struct CrowdOptions: ParsableArguments {
    @Option(help: "A node, or what stands before all of them: http://host:port. May be given several times.")
    var url: [String] = ["http://127.0.0.1:8080"]

    @Option(help: "Repeats the choices of an earlier run: who speaks where, and what is disturbed.")
    var seed: UInt64?

    @Flag(help: "Accept any certificate.")
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

    func tls() throws(CrowdRefusal) -> NIOSSLContext? {
        guard insecure else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw CrowdRefusal("TLS cannot be used: \(error)")
        }
    }

    /// The options that count something.
    static func require(_ condition: Bool, _ what: String) throws(CrowdRefusal) {
        if !condition { throw CrowdRefusal(what) }
    }
}

/// Why a run cannot begin, and what to do. Exit code 2, so that a script can tell it from a broken promise.
struct CrowdRefusal: Error, CustomStringConvertible {
    static let exitCode = ExitCode(2)

    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Runs a command's work; a refusal becomes one line and its exit code.
    static func reported(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let refusal as CrowdRefusal {
            LineLogHandler.writeToStandardError("webchat: \(refusal)")
            throw exitCode
        }
    }
}
