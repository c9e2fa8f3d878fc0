/// A message's id, `<ms>-<seq>`: the Redis stream id. Within an epoch `seq` counts 1, 2, 3, … without gaps; `ms` never
/// decreases and only orders.
package struct MessageID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package static let zero = MessageID(ms: 0, seq: 0)

    package let ms: UInt64
    package let seq: UInt64

    package init(ms: UInt64, seq: UInt64) {
        self.ms = ms
        self.seq = seq
    }

    package init?(_ text: String) {
        var text = text
        let numbers = text.withUTF8 { bytes -> (ms: UInt64, seq: UInt64)? in
            guard bytes.count <= 41, let dash = bytes.firstIndex(of: UInt8(ascii: "-")),
                let ms = Digits.decimal(bytes[..<dash]), let seq = Digits.decimal(bytes[(dash + 1)...])
            else { return nil }
            return (ms, seq)
        }
        guard let numbers else { return nil }
        self.init(ms: numbers.ms, seq: numbers.seq)
    }

    package var description: String { "\(ms)-\(seq)" }

    package static func < (left: MessageID, right: MessageID) -> Bool {
        left.ms != right.ms ? left.ms < right.ms : left.seq < right.seq
    }
}

extension MessageID {
    /// The next id; `nil` for the greatest.
    package var successor: MessageID? {
        if seq < .max { return MessageID(ms: ms, seq: seq + 1) }
        return ms < .max ? MessageID(ms: ms + 1, seq: 0) : nil
    }

    /// The previous id; `nil` for zero.
    package var predecessor: MessageID? {
        if seq > 0 { return MessageID(ms: ms, seq: seq - 1) }
        return ms > 0 ? MessageID(ms: ms - 1, seq: .max) : nil
    }
}

/// Identifies an unbroken run of a room's log: `<random>.<tag>`.
///
/// The random part (64 bits, 16 hex digits) is drawn when the log begins. The tag (32 bits, 8 hex digits) is the start
/// of the Redis server's replication id: it changes with a failover, which may reuse sequence numbers. A room without a
/// log has the epoch `0`.
package struct Epoch: Hashable, Sendable, CustomStringConvertible {
    package static let none = Epoch(random: 0, tag: 0)

    package let random: UInt64
    package let tag: UInt32

    package init(random: UInt64, tag: UInt32) {
        self.random = random
        self.tag = tag
    }

    package init?(_ text: String) {
        if text == "0" {
            self = .none
            return
        }
        var text = text
        let parts = text.withUTF8 { bytes -> (random: UInt64, tag: UInt32)? in
            guard bytes.count == 25, bytes[16] == UInt8(ascii: "."),
                let random = Digits.hexadecimal(bytes[..<16]), random != 0,
                let tag = Digits.hexadecimal(bytes[17...])
            else { return nil }
            return (random, UInt32(tag))
        }
        guard let parts else { return nil }
        self.init(random: parts.random, tag: parts.tag)
    }

    package var description: String {
        random == 0 ? "0" : "\(Self.hex(random, digits: 16)).\(Self.hex(UInt64(tag), digits: 8))"
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}

/// A place in a room's log: its epoch, and the last message seen.
package struct RoomPosition: Hashable, Sendable {
    /// Before everything: an empty room, or a client that has seen nothing.
    package static let start = RoomPosition(epoch: .none, id: .zero)

    package var epoch: Epoch
    package var id: MessageID

    package init(epoch: Epoch, id: MessageID) {
        self.epoch = epoch
        self.id = id
    }
}

/// A room's log as it describes itself, read in one step: `docs/protocol.md`, section 5.
package struct LogHead: Hashable, Sendable {
    /// Where a server with another replication id took over: numbers up to `seq` are shared with `tag`.
    package struct Fork: Hashable, Sendable {
        package let tag: UInt32
        package let seq: UInt64
        /// With `seq`, the id of the last shared message; `nil`: an earlier version did not write it down.
        package let ms: UInt64?
        package init(tag: UInt32, seq: UInt64, ms: UInt64? = nil) {
            self.tag = tag
            self.seq = seq
            self.ms = ms
        }
    }

    package static let empty = LogHead(position: .start, first: nil, forks: [])

    /// Epoch and id of the newest message.
    package let position: RoomPosition
    /// The oldest message still kept; `nil` when the log is empty.
    package let first: MessageID?
    /// Oldest first, at most 16.
    package let forks: [Fork]
    /// Of the room's rules: how many changes there were. 0: it has none.
    package let rulesVersion: UInt64

    package init(position: RoomPosition, first: MessageID?, forks: [Fork], rulesVersion: UInt64 = 0) {
        self.position = position
        self.first = first
        self.forks = forks
        self.rulesVersion = rulesVersion
    }

    /// Whether everything after `since` can be read from this log without a gap. If not, the client must be told.
    package func recovers(_ since: RoomPosition) -> Bool {
        let head = position
        // The first epoch is no reset for a reader that has seen nothing: it needs the whole log.
        if since == .start { return first.map { $0.seq == 1 } ?? (head.id.seq == 0) }
        guard since.epoch != .none, since.epoch.random == head.epoch.random else { return false }
        if since.epoch.tag != head.epoch.tag {
            guard let fork = fork(of: since.epoch.tag), since.id.seq <= fork.seq else { return false }
        }
        guard since.id.seq <= head.id.seq else { return false }
        guard let first else { return since.id.seq == head.id.seq }
        return since.id.seq &+ 1 >= first.seq
    }

    /// The last message that this log has in common with that of `since`, which had more: the rest was replaced. `nil`: it
    /// is unknown or trimmed, or nothing was replaced.
    package func lastShared(with since: RoomPosition) -> MessageID? {
        guard since.epoch.random == position.epoch.random, since.epoch.tag != position.epoch.tag,
            let fork = fork(of: since.epoch.tag), fork.seq < since.id.seq, let ms = fork.ms
        else { return nil }
        let shared = MessageID(ms: ms, seq: fork.seq)
        return recovers(RoomPosition(epoch: position.epoch, id: shared)) ? shared : nil
    }

    /// Where the log of that tag parted from this one: at the lowest of its last fork and all later ones. (A tag comes again
    /// when the room moves back to a server, which then has everything.)
    private func fork(of tag: UInt32) -> Fork? {
        guard let last = forks.lastIndex(where: { $0.tag == tag }) else { return nil }
        return forks[last...].reversed().min { $0.seq < $1.seq }
    }
}
