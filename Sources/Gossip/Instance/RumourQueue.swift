/// What is still to be told, by the member whom it is about: the news told least often first, of those the newest
/// (SWIM, section 4.1). Each goes out a limited number of times. Bounded by the number of members.
struct RumourQueue: Sendable {
    enum Offer { case taken, full, void }

    /// Index: how often it was told.
    private var levels: [[String]] = []
    private var levelOf: [String: Int] = [:]

    var isEmpty: Bool { levelOf.isEmpty }

    /// There is something new about that member: it begins anew.
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

    /// Offers one after the other until there is no room. What was taken has been told once more.
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
