import ArgumentParser
import ChatClient
import ChatProtocol
import Foundation

/// `webchat verify`: checks that a running cluster keeps the guarantees in `docs/protocol.md`, section 5. Real clients
/// talk in their own rooms, reconnect and resume; `HistoryChecker` judges what each of them saw. Start reading at
/// `run`.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a running cluster loses, duplicates or reorders no messages and that all clients agree.",
        discussion: """
            Clients use their own rooms, so this is safe on a live cluster. Break things while it runs: kill nodes, \
            restart Redis. Ctrl-C ends the run early and still prints the report. Exits with 0 if all guarantees \
            held, 1 if one was violated, 2 if the run could not start. Gaps reported by the server are not violations. \
            With --moderate the rooms belong to clients, which ban and silence one another and delete messages; this \
            checks that the rules of a room hold for everybody. Its rooms count for ROOMS_PER_ADDRESS.
            """)

    @OptionGroup var options: CrowdOptions

    @Option(help: "Number of clients, each a separate user.")
    var clients = 20

    @Option(help: "Number of rooms; every client joins all of them.")
    var rooms = 3

    @Option(help: "Messages per second over all clients.")
    var rate = 50.0

    @Option(help: "Percentage of edits, deletes and reactions; some of them are invalid on purpose.")
    var acts = Crowd.acts

    @Option(help: "How many seconds to send.")
    var seconds = 30

    @Flag(help: "Reset sockets, leave half-open ones, read slowly or not at all, send malformed frames.")
    var chaos = false

    @Flag(help: "Ban, silence and promote clients, and delete messages of others, while they talk.")
    var moderate = false

    @Option(help: "With --moderate: what moderators do per second in all rooms together.")
    var moderations = 5.0

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
        try CrowdOptions.require(moderations > 0 && moderations <= 1_000, "--moderations must be more than 0")
        let session = try await CrowdSession.open(
            options, clients: clients, rooms: rooms, acts: acts, isModerated: moderate, name: "verify",
            until: interruption)
        defer { session.crowd.stop() }
        let allowed = SendSchedule.allowed(asked: rate, clients: clients, perUser: session.limits.perSecond)
        if allowed < rate {
            LineLogHandler.writeToStandardError(
                "--rate \(rate) is too high: \(clients) clients may send \(session.limits.perSecond)/s each; "
                    + "sending \(allowed)/s, raise --clients or MESSAGE_RATE for more")
        }
        let chaos =
            try self.chaos
            ? CrowdChaos(session.crowd, at: options.endpoints(), tls: options.tls(), seed: session.seed) : nil
        let moderation = session.made.map {
            CrowdModeration(session.crowd, rooms: $0, perSecond: moderations, seed: session.seed)
        }
        let took = try await session.drive(.perSecond(allowed), textBytes: Self.textBytes, for: seconds) {
            chaos?.step()
            moderation?.step()
        }
        chaos?.stop()
        let unsettled = try await session.settle(ending: moderation)
        try await chaos?.waitForAnswers()
        return VerifyReport(
            settings: .init(
                urls: options.url, clients: clients, rooms: rooms, acts: acts, rateAsked: rate, rate: allowed,
                seed: session.seed, moderations: moderate ? moderations : nil,
                seconds: took.milliseconds / 1_000, interrupted: interruption.happened),
            verdict: session.crowd.record.verdict, numbers: session.crowd.record.numbers,
            refusals: session.crowd.record.refusals, unsettled: unsettled, chaos: chaos?.counts,
            moderation: moderation?.counts)
    }
}
