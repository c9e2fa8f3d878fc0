import ChatModel
import NIOCore

/// A room's members by event loop: a batch costs one hop per loop, however many members it has, and all members of a
/// kind get the same bytes.
///
/// Owned by the `Room`; belongs to its event loop. A loop whose mailbox is full gets nothing more until its members can
/// be told to read the log instead: memory is bounded, and nothing is lost.
struct RoomFanout {
    private final class Group {
        let mailbox: Mailbox
        var v1: ContiguousArray<ConnectionRef> = []
        var plain: ContiguousArray<ConnectionRef> = []
        var isLagging = false

        init(mailbox: Mailbox) {
            self.mailbox = mailbox
        }
    }

    private struct Place {
        let group: Group
        var index: Int
    }

    private let mailboxLimit: Int
    private let metrics: ActorsMetrics
    private var groups: [ObjectIdentifier: Group] = [:]
    private var places: [ObjectIdentifier: Place] = [:]
    private(set) var v1Count = 0
    private(set) var plainCount = 0

    init(mailboxLimit: Int, metrics: ActorsMetrics) {
        self.mailboxLimit = mailboxLimit
        self.metrics = metrics
    }

    /// Idempotent: a member whose actor was replaced keeps its place.
    mutating func add(_ ref: ConnectionRef) {
        guard places[ObjectIdentifier(ref)] == nil else { return }
        let group = group(of: ref)
        switch ref.context.mode {
        case .v1:
            places[ObjectIdentifier(ref)] = Place(group: group, index: group.v1.count)
            group.v1.append(ref)
            v1Count += 1
        case .plain:
            places[ObjectIdentifier(ref)] = Place(group: group, index: group.plain.count)
            group.plain.append(ref)
            plainCount += 1
        }
    }

    mutating func remove(_ ref: ConnectionRef) {
        guard let place = places.removeValue(forKey: ObjectIdentifier(ref)) else { return }
        switch ref.context.mode {
        case .v1:
            if let moved = Self.swapRemove(place.index, from: &place.group.v1) { places[moved]?.index = place.index }
            v1Count -= 1
        case .plain:
            if let moved = Self.swapRemove(place.index, from: &place.group.plain) { places[moved]?.index = place.index }
            plainCount -= 1
        }
        if place.group.v1.isEmpty && place.group.plain.isEmpty && !place.group.isLagging {
            groups[ObjectIdentifier(place.group.mailbox.eventLoop)] = nil
        }
    }

    /// Writes a batch to every member.
    /// - `through`: the room's position after the batch.
    /// - `written`: called on each loop after writing, with the number of its members.
    func fanOut(
        v1: Delivery?, plain: Delivery?, through position: RoomPosition, written: @escaping @Sendable (Int) -> Void
    ) {
        for group in groups.values where isCurrent(group, at: position) {
            let v1Members = v1 == nil ? [] : group.v1
            let plainMembers = plain == nil ? [] : group.plain
            let posted = group.mailbox.post {
                if let v1 { for member in v1Members { member.deliver(v1) } }
                if let plain { for member in plainMembers { member.deliver(plain) } }
                written(v1Members.count + plainMembers.count)
            }
            if !posted { group.isLagging = true }
        }
    }

    /// Writes frames that may be lost, such as presence, to every member that understands them.
    func fanOut(_ frames: ByteBuffer, except user: UserID? = nil) {
        for group in groups.values where !group.v1.isEmpty && !group.isLagging {
            let members = group.v1
            _ = group.mailbox.post {
                for member in members where member.context.user != user { member.context.replies.write(frames) }
            }
        }
    }

    /// Makes every member compare its position with the log.
    func realign(to position: RoomPosition) {
        for group in groups.values {
            group.isLagging = true
            _ = isCurrent(group, at: position)
        }
    }

    /// Tells loops whose mailbox was full to read from the log, if there is room again.
    func retryLagging(at position: RoomPosition) {
        for group in groups.values where group.isLagging { _ = isCurrent(group, at: position) }
    }

    /// Runs on a member's loop, after everything fanned out before.
    mutating func post(to ref: ConnectionRef, _ work: @escaping @Sendable () -> Void) {
        group(of: ref).mailbox.postAlways(work)
    }

    private func isCurrent(_ group: Group, at position: RoomPosition) -> Bool {
        guard group.isLagging else { return true }
        let members = group.v1 + group.plain
        let posted = group.mailbox.post {
            for member in members { member.realign(to: position) }
        }
        group.isLagging = !posted
        return posted
    }

    private mutating func group(of ref: ConnectionRef) -> Group {
        let eventLoop = ref.context.outlet.eventLoop
        if let group = groups[ObjectIdentifier(eventLoop)] { return group }
        let group = Group(
            mailbox: Mailbox(eventLoop: eventLoop, limit: mailboxLimit, gauge: metrics.connectionMailbox))
        groups[ObjectIdentifier(eventLoop)] = group
        return group
    }

    /// - Returns: the member that took the removed one's place.
    private static func swapRemove(_ index: Int, from refs: inout ContiguousArray<ConnectionRef>) -> ObjectIdentifier? {
        let last = refs.removeLast()
        guard index < refs.count else { return nil }
        refs[index] = last
        return ObjectIdentifier(last)
    }
}
