import ChatClient
import ChatModel

/// The final report of `webchat verify`, as a table or JSON.
struct VerifyReport: Encodable {
    struct Settings: Encodable {
        let urls: [String]
        let clients: Int
        let rooms: Int
        let acts: Int
        let rateAsked: Double
        let rate: Double
        let seed: UInt64
        /// Per second; `nil`: without `--moderate`.
        let moderations: Double?
        let seconds: Double
        let interrupted: Bool
    }

    let settings: Settings
    /// All guarantees held.
    let ok: Bool
    let sent: Int
    let acked: Int
    let unacked: Int
    let received: Int
    /// Edits, deletes and reactions; included in `sent`.
    let acts: Int
    let actsAcked: Int
    /// By reason: the message was deleted, belongs to another user, or has too many reactions.
    let actsRefused: [String: Int]
    /// Messages as the clients show them, compared with the log at the end.
    let statesCompared: Int
    let diverged: Int
    let doneThoughRefused: Int
    let lost: Int
    let doubled: Int
    let reordered: Int
    let hiddenGaps: Int
    let disagreements: Int
    /// Acknowledged, but received by no client.
    let nowhere: Int
    let altered: Int
    /// Frames that violate the protocol.
    let violations: Int
    let explicitGaps: Int
    let lostByRedis: Int
    let latencyMs: Quantiles
    let longestSilenceMs: Double
    let disturbances: Int
    let healMs: Quantiles
    let reconnects: Int
    let reconnectMs: Quantiles
    let closes: [String: Int]
    let putOff: [String: Int]
    let chaos: CrowdChaos.Counts?
    /// `nil` without `--moderate`.
    let moderation: ModerationReport?
    /// Details of the first few violations of each kind.
    let findings: [String]

    init(
        settings: Settings, verdict: HistoryVerdict, numbers: CrowdNumbers, refusals: [String], unsettled: String?,
        chaos: CrowdChaos.Counts?, moderation: CrowdModeration.Counts? = nil
    ) {
        self.settings = settings
        sent = verdict.sent
        acked = verdict.acked
        unacked = verdict.unanswered
        received = verdict.received
        acts = verdict.acts
        actsAcked = verdict.actsAcked
        actsRefused = Dictionary(uniqueKeysWithValues: numbers.refused.map { ($0.rawValue, $1) })
        statesCompared = verdict.statesCompared
        diverged = verdict[.diverged]
        doneThoughRefused = verdict[.doneThoughRefused]
        lost = verdict[.lost]
        doubled = verdict[.doubled]
        reordered = verdict[.reordered]
        hiddenGaps = verdict[.hiddenGap]
        disagreements = verdict[.disagreement]
        nowhere = verdict[.nowhere]
        altered = verdict[.altered]
        violations = verdict[.violation]
        explicitGaps = verdict.reportedGaps
        lostByRedis = verdict.lostByRedis
        latencyMs = Quantiles(numbers.latency)
        longestSilenceMs = numbers.longestSilence.milliseconds
        disturbances = numbers.healing.count
        healMs = Quantiles(numbers.healing)
        reconnects = numbers.reconnects.count
        reconnectMs = Quantiles(numbers.reconnects)
        var closes = Dictionary(uniqueKeysWithValues: numbers.closes.map { (String($0), $1) })
        if numbers.closesWithoutCode > 0 { closes["none"] = numbers.closesWithoutCode }
        self.closes = closes
        putOff = Dictionary(uniqueKeysWithValues: numbers.postponed.map { ($0.rawValue, $1) })
        self.chaos = chaos
        self.moderation = moderation.map { ModerationReport($0, verdict: verdict, expulsions: numbers.expulsions) }
        findings = verdict.examples + refusals.prefix(5).map { "rejected: \($0)" } + (unsettled.map { [$0] } ?? [])
        ok = verdict.isClean && unsettled == nil && verdict.unanswered == 0
    }

    var table: String {
        let rows: [(String, String)] =
            [
                ("sent", "\(sent)"), ("acked", "\(acked)"),
                ("received", "\(received), by \(settings.clients) clients"),
                ("acts", "\(acts), acked: \(actsAcked), rejected: \(Self.counts(actsRefused))"),
                ("states compared", "\(statesCompared), different from the log: \(diverged)"),
                ("lost", "\(lost + nowhere)"), ("duplicated", "\(doubled)"), ("reordered", "\(reordered)"),
                ("hidden gaps", "\(hiddenGaps)"),
                ("other violations", "\(disagreements + altered + violations + doneThoughRefused)"),
                ("unacked", "\(unacked)"),
                ("explicit gaps", "\(explicitGaps)"), ("lost by Redis", "\(lostByRedis)"),
                ("latency", latencyMs.text), ("longest silence", Quantiles.text(longestSilenceMs)),
                ("disruptions", "\(disturbances)"), ("recovery time", healMs.text),
                ("reconnects", "\(reconnects)"), ("reconnect time", reconnectMs.text),
                ("closes", Self.counts(closes)), ("retried later", Self.counts(putOff)),
            ] + (moderation?.rows ?? []) + chaosRows
        let head =
            "\(ok ? "All guarantees held" : "GUARANTEE VIOLATED") in \(Quantiles.rounded(settings.seconds)) s"
            + (settings.interrupted ? " (interrupted)" : "")
            + ": \(settings.clients) clients, \(settings.rooms) rooms, \(settings.rate) messages/s, seed \(settings.seed)"
        return ([head] + TextTable.lines(rows) + findings.map { "! " + LogText.escaped($0) })
            .joined(separator: "\n")
    }

    private var chaosRows: [(String, String)] {
        guard let chaos else { return [] }
        return [
            ("resets", "\(chaos.resets)"), ("half-open sockets", "\(chaos.halfOpen)"),
            ("slow readers", "\(chaos.slowReaders)"), ("stalled readers", "\(chaos.deafReaders)"),
            ("bad frames", "\(chaos.badFrames), rejected as expected: \(chaos.badFramesRefused)"),
        ] + chaos.badFramesNotRefused.map { ("", LogText.escaped($0)) }
    }

    private static func counts(_ counts: [String: Int]) -> String {
        counts.isEmpty
            ? "none" : counts.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value)" }.joined(separator: ", ")
    }
}
