import ChatModel

/// When which user is to be told of what: at most one message per user, room and `pause`. Pure; times are milliseconds
/// since 1970, by the log's clock.
struct PushSchedule {
    static let pause: Int64 = 30_000
    static let most = 10_000
    /// After each failure of the push service, unless it says how long to wait.
    static let retries: [Int64] = [30_000, 120_000, 600_000]

    struct Key: Hashable, Sendable {
        let user: UserID
        let room: RoomName
        /// `nil`: all devices; otherwise another attempt to reach this one.
        var endpoint: String?
    }

    struct Job: Equatable, Sendable {
        let key: Key
        let message: MessageID
        /// It mentions or answers the user.
        let isAddressed: Bool
        var failures = 0
    }

    private var jobs: [Key: (job: Job, due: Int64)] = [:]
    /// When the last message was due; forgotten after the pause.
    private var told: [Key: Int64] = [:]

    var count: Int { jobs.count }

    /// A message that the user may want to be told of. Of several in a pause the last one counts that addresses the
    /// user, or else the last one.
    /// - `wait`: at least so long.
    /// - Returns: `false`: too much is waiting.
    mutating func add(
        _ message: MessageID, isAddressed: Bool, to user: UserID, in room: RoomName, at now: Int64, wait: Int64
    ) -> Bool {
        let key = Key(user: user, room: room)
        if let known = jobs[key] {
            guard known.job.message < message, isAddressed || !known.job.isAddressed else { return true }
            jobs[key] = (Job(key: key, message: message, isAddressed: isAddressed), known.due)
            return true
        }
        guard jobs.count < Self.most else { return false }
        let free = told[key].map { $0 + Self.pause } ?? now
        jobs[key] = (Job(key: key, message: message, isAddressed: isAddressed), max(now + wait, free))
        return true
    }

    /// - `retryAfter`: in milliseconds.
    /// - Returns: `false`: it is given up.
    mutating func failed(_ job: Job, at endpoint: String, retryAfter: Int64?, at now: Int64) -> Bool {
        guard job.failures < Self.retries.count, jobs.count < Self.most else { return false }
        let wait = min(max(retryAfter ?? 0, Self.retries[job.failures]), Self.retries[Self.retries.count - 1])
        let key = Key(user: job.key.user, room: job.key.room, endpoint: endpoint)
        // A later message takes the place of an earlier one.
        if let known = jobs[key], known.job.message > job.message { return false }
        jobs[key] = (
            Job(key: key, message: job.message, isAddressed: job.isAddressed, failures: job.failures + 1), now + wait
        )
        return true
    }

    /// Takes what is due, earliest first.
    mutating func due(at now: Int64, atMost limit: Int) -> [Job] {
        told = told.filter { $0.value + Self.pause > now }
        let due = jobs.values.filter { $0.due <= now }.sorted { $0.due < $1.due }.prefix(limit)
        for (job, _) in due {
            jobs[job.key] = nil
            if job.key.endpoint == nil { told[job.key] = now }
        }
        return due.map(\.job)
    }

    /// The log does not answer.
    /// - Returns: `false`: too much is waiting.
    mutating func postpone(_ job: Job, at now: Int64) -> Bool {
        guard jobs.count < Self.most else { return false }
        if let known = jobs[job.key], known.job.message > job.message { return true }
        jobs[job.key] = (job, now + Self.pause)
        return true
    }

    /// Nothing was sent after all: the next message need not wait.
    mutating func skipped(_ job: Job) {
        told[job.key] = nil
    }
}
