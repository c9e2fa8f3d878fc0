import HeapModule

@testable import Gossip

/// Instances in virtual time, over a network that a seed makes good or bad. Each step is judged: see `judge`.
final class Simulation {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// A node's opinion of another has changed.
    struct Change {
        let at: Microseconds
        let observer: Int
        let member: Int
        let standing: Standing
        /// The member ran at that time, in that generation.
        let isUp: Bool
    }

    private enum Happening {
        case datagram([UInt8], from: GossipAddress, to: Int)
        case wake(Int, planned: Int)
        case resume(Int, until: Microseconds)
        case start(Int, after: Int)
        /// What a shell does from time to time: look for others, when it is alone or a minute is over.
        case look(Int, starts: Int)
    }

    private struct Entry: Comparable {
        let at: Microseconds
        let order: Int
        let happening: Happening

        static func < (left: Self, right: Self) -> Bool { (left.at, left.order) < (right.at, right.order) }
        static func == (left: Self, right: Self) -> Bool { left.order == right.order }
    }

    static let maximumBacklog = 512

    let seed: UInt64
    let parameters: GossipParameters
    private(set) var now: Microseconds = 0
    var random: GossipRandom
    var network = SimulatedNetwork()
    var nodes: [SimulatedNode]
    private(set) var changes: [Change] = []
    private(set) var steps = 0
    /// Of everything that happened, in its order.
    private(set) var traceHash: UInt64 = 0
    /// Some of the datagrams that were sent, to be sent again.
    var recorded: [(bytes: [UInt8], from: GossipAddress)] = []
    /// Watching each step costs; large clusters are only measured.
    var isJudged = true

    private var queue = Heap<Entry>()
    private var order = 0
    private var indexOf: [GossipAddress: Int] = [:]
    /// Where a machine is by now, if it has moved; at its old address nobody listens.
    private var moved: [Int: GossipAddress] = [:]

    init(seed: UInt64, count: Int, parameters: GossipParameters = GossipParameters()) {
        self.seed = seed
        self.parameters = parameters
        random = GossipRandom(seed: seed)
        nodes = (0..<count).map { _ in SimulatedNode() }
        for index in 0..<count { indexOf[Self.address(index)] = index }
    }

    static func name(_ index: Int) -> String { "n\(index)" }
    static func index(_ name: String) -> Int { Int(name.dropFirst())! }
    static func address(_ index: Int) -> GossipAddress {
        GossipAddress([10, 0, UInt8(index >> 8), UInt8(index & 255)], port: 7_946)!
    }

    func time(of index: Int) -> GossipTime {
        GossipTime(uptime: now, wall: 1_760_000_000_000 + now / 1_000 + nodes[index].wallOffset)
    }

    // MARK: - Running

    func run(until end: Microseconds) throws {
        while let next = queue.min, next.at <= end {
            queue.removeMin()
            now = next.at
            try perform(next.happening)
        }
        now = end
    }

    /// - Returns: when it came true, looked at ten times a second; `nil`: not within the limit.
    func run(for limit: Microseconds, until isTrue: () -> Bool) throws -> Microseconds? {
        let start = now
        while now < start + limit {
            try run(until: min(now + 100_000, start + limit))
            if isTrue() { return now - start }
        }
        return nil
    }

    private func plan(_ happening: Happening, at moment: Microseconds) {
        order += 1
        queue.insert(Entry(at: moment, order: order, happening: happening))
    }

    private func perform(_ happening: Happening) throws {
        switch happening {
        case .datagram(let bytes, let from, let to):
            guard nodes[to].isUp else { return }
            if nodes[to].isStalled {
                if nodes[to].backlog.count < Self.maximumBacklog { nodes[to].backlog.append((bytes, from)) }
            } else {
                try step(to, .datagram(bytes, from: from))
            }
        case .wake(let index, let planned):
            guard nodes[index].isUp, planned == nodes[index].plannedWake, !nodes[index].isStalled else { return }
            try step(index, .wake)
        case .resume(let index, let until):
            guard nodes[index].stalledUntil == until else { return }
            try resume(index)
        case .start(let index, let starts):
            if nodes[index].starts == starts, !nodes[index].isUp { try start(index) }
        case .look(let index, let starts):
            guard nodes[index].starts == starts, nodes[index].isUp else { return }
            plan(.look(index, starts: starts), at: now + 5_000_000)
            if nodes[index].isStalled { return }
            if nodes[index].instance!.isAlone || now % 60_000_000 < 5_000_000 { try step(index, .join(others(index))) }
        }
    }

    func others(_ index: Int) -> [GossipAddress] {
        nodes.indices.filter { $0 != index }.map { Self.address($0) }
    }

    func step(_ index: Int, _ event: GossipEvent) throws {
        steps += 1
        let directives = nodes[index].instance!.step(event, now: time(of: index))
        trace(UInt64(now) << 16 | UInt64(index) << 4 | UInt64(directives.count & 15))
        for directive in directives {
            switch directive {
            case .send(let bytes, let address): try send(bytes, from: index, to: address)
            case .wake(let moment):
                guard moment > now else { throw violation("n\(index) wants to be woken in the past") }
                nodes[index].plannedWake += 1
                plan(.wake(index, planned: nodes[index].plannedWake), at: moment)
            case .changed(let member, _): noteChange(of: member, by: index)
            case .renewed(let standing):
                let life = nodes[index].lives[standing.generation] ?? 0
                nodes[index].lives[standing.generation] = max(life, standing.incarnation)
            case .nameTaken:
                crash(index)
                plan(.start(index, after: nodes[index].starts), at: now + 500_000)
                return
            case .left: return crash(index)
            case .probed, .refused: break
            }
        }
        if isJudged { try judge(index) }
    }

    private func send(_ bytes: [UInt8], from: Int, to address: GossipAddress) throws {
        guard bytes.count <= GossipMessage.maximumBytes else {
            throw violation("n\(from) sent \(bytes.count) bytes")
        }
        trace(UInt64(bytes.count))
        guard let to = indexOf[address] else { throw violation("n\(from) sent to nobody") }
        if let place = moved[to], place != address { return }
        let source = moved[from] ?? Self.address(from)
        if isJudged, network.sent % 16 == 0, recorded.count < 2_000 { recorded.append((bytes, source)) }
        for time in network.travelTimes(from: from, to: to, &random) {
            plan(.datagram(bytes, from: source, to: to), at: now + time)
        }
    }

    private func noteChange(of member: Member, by observer: Int) {
        trace(member.record.standing.generation ^ UInt64(member.record.standing.incarnation) << 8)
        let index = Self.index(member.name)
        let isUp = nodes[index].instance?.own.standing.generation == member.record.standing.generation
        changes.append(Change(at: now, observer: observer, member: index, standing: member.record.standing, isUp: isUp))
    }

    private func trace(_ number: UInt64) {
        traceHash = (traceHash ^ number) &* 0x100_0000_01b3
    }

    // MARK: - Judging

    func violation(_ text: String) -> Violation {
        Violation(
            description: "seed \(seed), \(Double(now) / 1_000_000) s: \(text). "
                + "Again: GOSSIP_SEED=\(seed) swift test --filter GossipSimulationTests")
    }

    /// What must hold after every step: nobody's standing ever falls, and nobody but a node itself makes an incarnation
    /// or a generation of it.
    private func judge(_ index: Int) throws {
        guard let instance = nodes[index].instance else { return }
        for name in instance.members.names {
            let standing = instance.members[name]!.record.standing
            if let old = nodes[index].known[name], standing < old {
                throw violation("n\(index) held \(name) for \(old), and now for \(standing)")
            }
            nodes[index].known[name] = standing
            guard let raised = nodes[Self.index(name)].lives[standing.generation], standing.incarnation <= raised else {
                throw violation("n\(index) holds \(name) for \(standing), which it never was")
            }
        }
    }

    // MARK: - Faults

    func start(_ index: Int, at moment: Microseconds) {
        plan(.start(index, after: nodes[index].starts), at: moment)
    }

    func start(_ index: Int) throws {
        let time = time(of: index)
        let own = record(of: index)
        let former = nodes[index]
        nodes[index] = SimulatedNode(
            instance: GossipInstance(own, parameters: parameters, now: time, seed: random.next()),
            starts: former.starts + 1, plannedWake: former.plannedWake + 1, wallOffset: former.wallOffset,
            lives: former.lives)
        let generation = own.standing.generation
        nodes[index].lives[generation] = former.lives[generation] ?? 0
        plan(.look(index, starts: nodes[index].starts), at: now + 5_000_000)
        try step(index, .join(others(index)))
    }

    /// All run already and know one another: for clusters that are too large to be started node by node.
    func startTogether() throws {
        for index in nodes.indices {
            nodes[index].instance = GossipInstance(
                record(of: index), parameters: parameters, now: time(of: index), seed: random.next())
            nodes[index].starts = 1
            nodes[index].lives[UInt64(time(of: index).wall)] = 0
        }
        let records = nodes.map { $0.instance!.own }
        for index in nodes.indices {
            var rest = records[...]
            while !rest.isEmpty {
                var writer = GossipWriter(sender: records[(index + 1) % records.count])
                writer.list(.view) { while let record = rest.first, $0.append(Claim(record)) { rest.removeFirst() } }
                try step(index, .datagram(writer.bytes, from: records[(index + 1) % records.count].address))
            }
            try step(index, .join([]))
        }
        changes = []
    }

    private func record(of index: Int) -> MemberRecord {
        MemberRecord(
            name: Self.name(index), bootTag: random.next(), address: Self.address(index),
            standing: Standing(generation: UInt64(time(of: index).wall), incarnation: 0, status: .alive))
    }

    func crash(_ index: Int) {
        nodes[index].instance = nil
        nodes[index].stalledUntil = nil
        nodes[index].backlog = []
    }

    /// It goes on at another address.
    /// - `knows`: whether its process is notified.
    func move(_ index: Int, knows: Bool) throws {
        let address = GossipAddress([10, 1, UInt8(index >> 8), UInt8(index & 255)], port: 7_946)!
        moved[index] = address
        indexOf[address] = index
        if knows { try step(index, .address(address)) }
    }

    func stall(_ index: Int, for duration: Microseconds) {
        guard nodes[index].isUp, !nodes[index].isStalled else { return }
        nodes[index].stalledUntil = now + duration
        plan(.resume(index, until: now + duration), at: now + duration)
    }

    func resume(_ index: Int) throws {
        nodes[index].stalledUntil = nil
        let backlog = nodes[index].backlog
        nodes[index].backlog = []
        // A process that continues may see its timers or its socket first.
        if Bool.random(using: &random) { try step(index, .wake) }
        for (bytes, from) in backlog where nodes[index].isUp { try step(index, .datagram(bytes, from: from)) }
        if nodes[index].isUp { try step(index, .wake) }
    }

    func replay(_ bytes: [UInt8], from: GossipAddress, to index: Int) {
        plan(.datagram(bytes, from: from, to: index), at: now + Int64.random(in: 0...1_000_000, using: &random))
    }

    // MARK: - Looking

    var up: [Int] { nodes.indices.filter { nodes[$0].isUp } }

    func status(of member: Int, seenBy observer: Int) -> MemberStatus? {
        nodes[observer].instance?.members[Self.name(member)]?.record.status
    }

    /// Everybody who runs sees everybody who runs, in their present generation, and nobody else.
    var agrees: Bool {
        let up = up
        return up.allSatisfy { observer in
            nodes[observer].instance!.members.live.count == up.count - 1
                && up.allSatisfy { member in
                    guard member != observer else { return true }
                    let seen = nodes[observer].instance!.members[Self.name(member)]?.record
                    let own = nodes[member].instance!.own
                    return seen?.status == .alive && seen?.standing.generation == own.standing.generation
                }
        }
    }
}
