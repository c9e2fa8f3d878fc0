import ChatModel
import TestSupport
import Testing

@testable import ChatClient

/// Generated histories of a room whose log goes from server to server: replicas take over, with everything or without
/// the end, and servers that were replaced return. The judge must accept what honest nodes tell of it, and find a
/// member that was told nothing.
struct GeneratedErasTests {
    @Test(arguments: 0..<200)
    func whatIsToldOfEveryChangeIsAccepted(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<400 { world.step() }
        world.settle()
        let verdict = world.checker.verdict()
        #expect(verdict.isClean, "\(verdict)")
        #expect(verdict.acked > 10 && world.changes > 3)
    }

    @Test(arguments: 0..<200)
    func aMemberThatIsToldNothingOfAReplacementIsFound(seed: UInt64) {
        var world = World(seed: seed)
        var steps = 0
        while !world.deceive(), steps < 5_000 {
            world.step()
            steps += 1
        }
        for _ in 0..<50 { world.step() }
        world.settle()
        #expect(world.checker.verdict()[.hiddenGap] > 0, "after \(steps) steps")
    }

    private struct Server {
        /// What the log says: that of the server which wrote last.
        var epoch: Epoch
        /// For its first message.
        let own: Epoch
        var log: [ChatMessage]
        /// Replaced by this one.
        var before: Int?
    }

    private struct Member {
        let user: UserID
        var has: [ChatMessage] = []
        var server = 0
        /// Its unacknowledged message.
        var draft: String?
        var drafts = 0
    }

    private struct World {
        var checker = HistoryChecker(members: World.count)
        var changes = 0
        private var random: SeededGenerator
        private var servers = [Server(epoch: World.epoch(1), own: World.epoch(1), log: [])]
        private var current = 0
        private var members = (0..<World.count).map { Member(user: UserID("u\($0)")) }
        private var clock: UInt64 = 1_000
        /// Somebody received messages under them.
        private var seen: Set<Epoch> = []

        private static let count = 4
        private static let page = 50

        private static func epoch(_ tag: Int) -> Epoch { Epoch(random: 42, tag: UInt32(tag)) }

        init(seed: UInt64) { random = SeededGenerator(seed: seed) }

        mutating func step() {
            let member = Int.random(in: members.indices, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<4: change()
            case 4..<50: write(member)
            default: read(member, atMost: Int.random(in: 1...5, using: &random))
            }
        }

        /// Everybody reads to the end.
        mutating func settle() {
            for member in members.indices where members[member].draft != nil { write(member, acked: true) }
            for member in members.indices { read(member, atMost: .max) }
        }

        /// Another server takes over: a replica, or the one that was replaced returns with its own log.
        private mutating func change() {
            changes += 1
            let old = current
            if let before = servers[old].before, Bool.random(using: &random) {
                current = before
                // As it was, or promoted to a primary once more.
                if Bool.random(using: &random) { promote(servers[before].log) }
                servers[current].before = nil
            } else {
                promote(
                    servers[old].log.dropLast(Bool.random(using: &random) ? 0 : Int.random(in: 1...8, using: &random)))
                servers[current].before = old
            }
        }

        private mutating func promote(_ log: [ChatMessage]) {
            let own = Self.epoch(servers.count + 1)
            servers.append(Server(epoch: servers[current].epoch, own: own, log: log))
            current = servers.count - 1
        }

        /// A member says something, or sends again what was not acknowledged.
        private mutating func write(_ member: Int, acked: Bool? = nil) {
            let user = members[member].user
            if members[member].draft == nil {
                let key = "k\(members[member].drafts)"
                members[member].drafts += 1
                members[member].draft = key
                checker.sent(client: member, user: user, room: .lobby, key: key, text: key)
            }
            guard let key = members[member].draft else { return }
            clock += UInt64.random(in: 1...3, using: &random)
            let log = servers[current].log
            let id =
                log.last { $0.user == user && $0.key == key }?.id ?? MessageID(ms: clock, seq: UInt64(log.count) + 1)
            if id.seq > log.count {
                servers[current].epoch = servers[current].own
                servers[current].log.append(
                    ChatMessage(id: id, user: user, name: "u", text: key, key: key, ts: Int64(clock)))
            }
            if acked ?? (Int.random(in: 0..<4, using: &random) > 0) {
                // Of a server that nobody saw, the judge cannot know.
                if !seen.contains(servers[current].epoch) { read(member, atMost: .max) }
                checker.acked(user: user, room: .lobby, key: key, id: id)
                members[member].draft = nil
            }
        }

        /// As a node lets a member continue: told that the log was replaced if it has what the log has not.
        private mutating func read(_ member: Int, atMost limit: Int) {
            let log = servers[current].log
            if isPrefix(members[member].has, of: log) {
                take(log[members[member].has.count...].prefix(limit), by: member)
            } else {
                restart(member)
            }
        }

        private mutating func restart(_ member: Int, page: Int = World.page) {
            let log = servers[current].log
            let head = RoomPosition(epoch: servers[current].epoch, id: log.last?.id ?? .zero)
            checker.gap(client: member, room: .lobby, missing: nil, restart: head)
            members[member].has = log.dropLast(page)
            take(log.suffix(page), by: member)
        }

        private mutating func take(_ messages: some Collection<ChatMessage>, by member: Int) {
            for message in messages {
                checker.received(client: member, room: .lobby, epoch: servers[current].epoch, message: message)
            }
            if !messages.isEmpty { seen.insert(servers[current].epoch) }
            members[member].has += messages
            members[member].server = current
        }

        private func isPrefix(_ some: [ChatMessage], of log: [ChatMessage]) -> Bool {
            some.count <= log.count && zip(some, log).allSatisfy { $0.id == $1.id }
        }

        /// Lets a member that has something replaced go on as if it were the same, while another sees the whole log.
        /// - Returns: whether there was such a member, and a message to go on with.
        mutating func deceive() -> Bool {
            let log = servers[current].log
            let deceived = members.indices.first { member in
                let has = members[member].has
                return has.count < log.count && !isPrefix(has, of: log) && members[member].server != current
                    && log.count - Self.page < has.count
            }
            guard let deceived else { return false }
            restart((deceived + 1) % members.count)
            take(log[members[deceived].has.count...], by: deceived)
            members[deceived].has = log
            return true
        }
    }
}
