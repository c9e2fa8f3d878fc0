/// Pending rumours, by the member they are about: those sent least often first, the newest of them first (SWIM, section
/// 4.1). Each is sent a limited number of times. Bounded by the number of members.
struct RumourQueue: Sendable {
    enum Offer { case taken, full, void }

    /// Indexed by how often they were sent.
    private var levels: [[String]] = []
    private var levelOf: [String: Int] = [:]

    var isEmpty: Bool { levelOf.isEmpty }

    /// New information about that member: its count restarts.
    mutating func push(_ name: String) {
        remove(name)
        append(name, to: 0)
    }

    mutating func remove(_ name: String) {
        guard let level = levelOf.removeValue(forKey: name) else { return }
        levels[level].removeAll { $0 == name }
    }

    mutating func removeAll() {
        levels = []
        levelOf = [:]
    }

    /// Offers one after another until the datagram is full. Counts each one taken.
    mutating func take(limit: Int, _ offer: (String) -> Offer) {
        var told: [(name: String, level: Int)] = []
        offering: for level in levels.indices {
            while let name = levels[level].last {
                let answer = offer(name)
                if answer == .full { break offering }
                levels[level].removeLast()
                levelOf[name] = nil
                if answer == .taken { told.append((name, level)) }
            }
        }
        for (name, level) in told where level + 1 < limit { append(name, to: level + 1) }
    }

    private mutating func append(_ name: String, to level: Int) {
        while levels.count <= level { levels.append([]) }
        levels[level].append(name)
        levelOf[name] = level
    }
}
