import ArgumentParser
import ChatClient
import ChatModel
import Foundation

/// `webchat verify`: whether a running cluster keeps what `docs/protocol.md`, section 5, promises. Real clients talk in
/// rooms of their own, reconnect and resume, and `HistoryChecker` judges what each of them saw. Start reading at `run`.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check on a running cluster that nothing is lost, doubled or reordered, and that all show the same.",
        discussion: """
            Its clients stay in rooms of their own and disturb nobody. Break what you like meanwhile: kill nodes, restart \
            Redis. Ctrl-C ends early and still reports. Exit code 0: every promise was kept; 1: one was broken; \
            2: the run could not begin. Messages that were told to be missing are counted as explicit gaps.
            """)

    @OptionGroup var options: CrowdOptions

    @Option(help: "How many users.")
    var clients = 20

    @Option(help: "How many rooms; every user is in all of them.")
    var rooms = 3

    @Option(help: "Messages a second, all users together.")
    var rate = 50.0

    @Option(help: "Of a hundred of them, so many edit, delete or react to a message; some of these must be refused.")
    var acts = Crowd.acts

    @Option(help: "How long to send.")
    var seconds = 30

    @Flag(help: "Reset sockets, leave half-open ones behind, read slowly or not at all, send bad frames.")
    var chaos = false

    private static let textBytes = 32

    func run() async throws {
        try await CrowdRefusal.reported {
            let report = try await Interruption.watching { try await verify(until: $0) }
            print(try options.json ? report.json() : report.table)
            if !report.ok { throw ExitCode.failure }
        }
    }

    private func verify(until interruption: Interruption) async throws -> VerifyReport {
        try CrowdOptions.require((2...100_000).contains(clients), "--clients must be 2 or more")
        try CrowdOptions.require((1...1_000).contains(rooms), "--rooms must be 1 or more")
        try CrowdOptions.require(rate > 0 && rate <= 1_000_000, "--rate must be more than 0")
        try CrowdOptions.require((0...100).contains(acts), "--acts must be 0 to 100")
        try CrowdOptions.require(seconds > 0, "--seconds must be 1 or more")
        let session = try await CrowdSession.open(
            options, clients: clients, rooms: rooms, acts: acts, name: "verify", until: interruption)
        defer { session.crowd.stop() }
        let allowed = SendSchedule.allowed(asked: rate, clients: clients, perUser: session.limits.perSecond)
        if allowed < rate {
            LineLogHandler.writeToStandardError(
                "asked \(rate)/s, but \(clients) clients may say \(session.limits.perSecond)/s each: "
                    + "\(allowed)/s now; raise --clients or MESSAGE_RATE")
        }
        let chaos =
            try self.chaos
            ? CrowdChaos(
                session.crowd, at: options.endpoints(), tls: options.tls(), seed: session.seed) : nil
        let took = try await session.drive(.perSecond(allowed), textBytes: Self.textBytes, for: seconds) {
            chaos?.step()
        }
        chaos?.stop()
        let unsettled = try await session.settle()
        try await chaos?.waitForAnswers()
        return VerifyReport(
            settings: .init(
                urls: options.url, clients: clients, rooms: rooms, acts: acts, rateAsked: rate, rate: allowed,
                seed: session.seed,
                seconds: took.milliseconds / 1_000, interrupted: interruption.happened),
            verdict: session.crowd.record.verdict, numbers: session.crowd.record.numbers,
            refusals: session.crowd.record.refusals, unsettled: unsettled, chaos: chaos?.counts)
    }
}
