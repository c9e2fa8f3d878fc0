import NIOCore

/// Decides when a room compares its position with the head of its log: a lost last message leaves no gap.
///
/// Rooms active within the last minute are compared every `activeCheck`, the others every `quietCheck`. Owned by the
/// `Room`. Pure.
struct HeadCheck {
    private let limits: ActorsConfiguration
    private var lastActive: NIODeadline
    private var due: NIODeadline
    private var isUnderWay = false

    init(limits: ActorsConfiguration, now: NIODeadline) {
        self.limits = limits
        lastActive = now
        due = now + limits.activeCheck
    }

    mutating func becameActive(at now: NIODeadline) {
        lastActive = now
        due = min(due, now + limits.activeCheck)
    }

    func isDue(at now: NIODeadline) -> Bool { due <= now && !isUnderWay }

    mutating func begin() { isUnderWay = true }

    /// - `verdict`: `nil` if the log did not answer.
    mutating func end(_ verdict: RoomStateMachine.HeadVerdict?, at now: NIODeadline) {
        isUnderWay = false
        switch verdict {
        case .level: due = now + (lastActive + .seconds(60) > now ? limits.activeCheck : limits.quietCheck)
        case .suspect: due = now + .seconds(1)
        case .fill, nil: due = now + limits.activeCheck
        }
    }
}
