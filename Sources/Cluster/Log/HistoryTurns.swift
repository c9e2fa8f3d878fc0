import DequeModule

/// Picks the next history read: a few run at a time, fewer per address. Waiting addresses take turns (fair queueing,
/// RFC 970), so a greedy one delays only itself. A pure value.
struct HistoryTurns<Read> {
    /// Each takes Redis up to a millisecond, and reads of joins and rooms queue behind those that have begun.
    static var atOnce: Int { 8 }
    static var atOnceOfAddress: Int { 2 }
    /// A socket asks for one page at a time, and an address has 200 sockets by default.
    static var maximumWaiting: Int { 1_024 }
    static var maximumWaitingOfAddress: Int { 256 }

    enum Verdict: Hashable { case begin, wait, refuse }

    private var running = 0
    private var runningOf: [String: Int] = [:]
    private var waitingOf: [String: Deque<Read>] = [:]
    /// Addresses with waiting reads, next one first.
    private var order = Deque<String>()
    private(set) var waiting = 0

    mutating func ask(_ read: Read, of address: String) -> Verdict {
        if mayBegin(address) {
            begin(address)
            return .begin
        }
        let waitingHere = waitingOf[address]?.count ?? 0
        guard waiting < Self.maximumWaiting, waitingHere < Self.maximumWaitingOfAddress else { return .refuse }
        if waitingHere == 0 { order.append(address) }
        waitingOf[address, default: []].append(read)
        waiting += 1
        return .wait
    }

    /// A read of `address` has ended.
    /// - Returns: the read to begin in its place.
    mutating func ended(of address: String) -> (read: Read, address: String)? {
        running -= 1
        let rest = (runningOf[address] ?? 1) - 1
        runningOf[address] = rest > 0 ? rest : nil
        guard let index = order.firstIndex(where: mayBegin) else { return nil }
        let next = order.remove(at: index)
        guard let read = waitingOf[next]?.popFirst() else { return nil }
        waiting -= 1
        if waitingOf[next]?.isEmpty == true { waitingOf[next] = nil } else { order.append(next) }
        begin(next)
        return (read, next)
    }

    private func mayBegin(_ address: String) -> Bool {
        running < Self.atOnce && runningOf[address, default: 0] < Self.atOnceOfAddress
    }

    private mutating func begin(_ address: String) {
        running += 1
        runningOf[address, default: 0] += 1
    }
}
