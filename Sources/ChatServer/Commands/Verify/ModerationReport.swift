import ChatClient

/// What `webchat verify --moderate` did and found, as a part of its report.
struct ModerationReport: Encodable {
    let attempted: CrowdModeration.Counts
    /// How often a client was removed from a room that it was in.
    let expulsions: Int
    let messagesRefused: Int
    /// Entries of the logs that were compared with the rules as they were there.
    let entriesCompared: Int
    let deletedTextsSearched: Int
    let byBanned: Int
    let bySilenced: Int
    let tooEarly: Int
    let withoutRight: Int
    let leaked: Int
    let wronglyRefused: Int
    let undeleted: Int

    init(_ attempted: CrowdModeration.Counts, verdict: HistoryVerdict, expulsions: Int) {
        self.attempted = attempted
        self.expulsions = expulsions
        messagesRefused = verdict.messagesRefused
        entriesCompared = verdict.rulesCompared
        deletedTextsSearched = verdict.searched
        byBanned = verdict[.banned]
        bySilenced = verdict[.silenced]
        tooEarly = verdict[.slowed]
        withoutRight = verdict[.noRight]
        leaked = verdict[.leaked]
        wronglyRefused = verdict[.wronglyRefused]
        undeleted = verdict[.undeleted]
    }

    var rows: [(String, String)] {
        [
            (
                "moderation",
                "bans \(attempted.bans), removals \(attempted.removals), other roles \(attempted.otherRoles), "
                    + "policies \(attempted.policies), deletions \(attempted.deletions)"
            ),
            ("removed", "\(expulsions) times; messages refused: \(messagesRefused)"),
            ("rules compared", "for \(entriesCompared) entries; deleted texts searched: \(deletedTextsSearched)"),
            ("by banned users", "\(byBanned)"), ("by silenced users", "\(bySilenced)"),
            ("slow mode broken", "\(tooEarly)"), ("without a right", "\(withoutRight)"),
            ("read after removal", "\(leaked)"), ("wrongly refused", "\(wronglyRefused)"),
            ("deleted texts read", "\(undeleted)"),
        ]
    }
}
