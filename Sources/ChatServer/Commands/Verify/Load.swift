import ArgumentParser
import ChatClient
import ChatProtocol
import Foundation

/// `webchat load`: measures the throughput of a running cluster. Uses the engine of `webchat verify`, so it also checks
/// every message.
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure throughput, latency and CPU cost of a running cluster.",
        discussion: """
            Every client joins every room, so each message is delivered once per client. With --rate 0, each client \
            sends its next message to a room as soon as the last one is acknowledged. Set MESSAGE_RATE=0 and \
            CONNECTIONS_PER_ADDRESS=0 on the nodes. Exits with 1 if a guarantee was violated, 2 if the run could not \
            start.
            """)

    @OptionGroup var options: CrowdOptions

    @Option(help: "Number of clients, each a separate user.")
    var clients = 100

    @Option(help: "Number of rooms; every client joins all of them.")
    var rooms = 1

    @Option(help: "Messages per second over all clients; 0: as fast as they are acknowledged.")
    var rate = 0.0

    @Option(help: "How many seconds to send.")
    var seconds = 10

    @Option(help: "Size of a message's text in bytes.")
    var bytes = 100

    @Option(help: "PID of a local node whose CPU time to measure. Repeatable.")
    var pid: [Int32] = []

    func run() async throws {
        try await CrowdRefusal.reported {
            let report = try await Interruption.watching { try await load(until: $0) }
            print(try options.json ? report.json() : report.table)
            if !report.findings.isEmpty { throw ExitCode.failure }
        }
    }

    private func load(until interruption: Interruption) async throws -> LoadReport {
        try CrowdOptions.require((1...100_000).contains(clients), "--clients must be 1 or more")
        try CrowdOptions.require((1...1_000).contains(rooms), "--rooms must be 1 or more")
        try CrowdOptions.require((0...1_000_000).contains(rate), "--rate must be 0 or more")
        try CrowdOptions.require(seconds > 0, "--seconds must be 1 or more")
        try CrowdOptions.require((1...4_000).contains(bytes), "--bytes must be 1 to 4000")
        let nodes = try pid.map { pid throws(CrowdRefusal) in try ProcessorTime(of: pid) }
        let own = try? ProcessorTime(of: ProcessInfo.processInfo.processIdentifier)

        let session = try await CrowdSession.open(
            options, clients: clients, rooms: rooms, acts: 0, name: "load", until: interruption)
        defer { session.crowd.stop() }
        let limit = session.limits.perSecond
        try CrowdOptions.require(
            limit == 0 || (rate > 0 && rate <= SendSchedule.allowed(asked: rate, clients: clients, perUser: limit)),
            "the rate limit is \(limit) messages/s per user: set MESSAGE_RATE=0 on the nodes or a --rate below "
                + "\(SendSchedule.allowed(asked: .infinity, clients: clients, perUser: limit))/s")

        let before = session.crowd.record.numbers
        let spentBefore = (try nodes.map { time throws(CrowdRefusal) in try time.seconds() }, try? own?.seconds())
        let took = try await session.drive(rate > 0 ? .perSecond(rate) : .asAnswered, textBytes: bytes, for: seconds) {}
        let after = session.crowd.record.numbers
        let spent = try zip(nodes, spentBefore.0).map { time, before throws(CrowdRefusal) in
            try time.seconds() - before
        }
        let ownSpent = spentBefore.1.flatMap { before in (try? own?.seconds()).map { $0 - before } }

        let unsettled = try await session.settle()
        let verdict = session.crowd.record.verdict
        return LoadReport(
            settings: .init(
                urls: options.url, clients: clients, rooms: rooms, rate: rate, bytes: bytes, seed: session.seed,
                pids: pid),
            seconds: took.milliseconds / 1_000, acked: after.acked - before.acked,
            deliveries: after.received - before.received, latency: after.latency, nodesSpent: spent,
            ownSpent: ownSpent, findings: verdict.examples + (unsettled.map { [$0] } ?? []))
    }
}
