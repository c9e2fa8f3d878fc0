import ChatModel
import CoreMetrics
import Logging
import NIOCore
import Operations
import Supervision
import Synchronization

/// A room's members on this node, which of them wait to be placed, and the supervision of their actors.
///
/// Owned by the `Room`, and handed to its successor.
struct RoomMembers {
    private struct Member {
        let ref: ConnectionRef
        var name: String
        /// When its join is rejected; `nil`: it was placed, or is a plain client, which cannot be told.
        var waitsUntil: NIODeadline?
        var record = Record.clean
        /// Whether it counts on the room's list of members: not before it is placed.
        var isListed = false
        var standing = Standing.unknown
    }

    /// What the log says of a member whom the room's rules, as far as it knows them, do not admit.
    enum Standing: Equatable {
        case unknown, asked
        /// The log admits the user: the room is to read its rules.
        case admitted
        case refused(RelayError)
    }

    /// Boxed: few members' actors have failed.
    private indirect enum Record {
        case clean
        case failed(Failures)
    }

    private struct Failures {
        var policy: RestartPolicy
        /// The last message its actor failed on, and the messages skipped for it.
        var failedOn: MessageID?
        var skipped: Set<MessageID> = []
    }

    private let room: RoomName
    private let services: RoomServices
    private let status: ShardStatus
    private var members: [ObjectIdentifier: Member] = [:]
    /// Members that joined, or whose actor was replaced, before the room knew its position; in that order.
    private(set) var waiting: [ConnectionRef] = []

    init(room: RoomName, services: RoomServices, status: ShardStatus) {
        self.room = room
        self.services = services
        self.status = status
    }

    var count: Int { members.count }
    var isEmpty: Bool { members.isEmpty }
    var refs: [ConnectionRef] { members.values.map(\.ref) }
    /// Members that get live messages.
    var placed: [ConnectionRef] { refs.filter { ref in !waiting.contains { $0 === ref } } }

    func ref(_ id: ObjectIdentifier) -> ConnectionRef? { members[id]?.ref }
    func name(of ref: ConnectionRef) -> String? { members[ObjectIdentifier(ref)]?.name }

    mutating func add(_ ref: ConnectionRef, name: String) {
        members[ObjectIdentifier(ref)] = Member(
            ref: ref, name: name,
            waitsUntil: ref.context.mode == .v1 ? NIODeadline.now() + services.limits.joinPatience : nil)
        status.members.add(1, ordering: .relaxed)
    }

    /// - Returns: whether it was a member.
    mutating func remove(_ ref: ConnectionRef) -> Bool {
        guard members.removeValue(forKey: ObjectIdentifier(ref)) != nil else { return false }
        waiting.removeAll { $0 === ref }
        status.members.subtract(1, ordering: .relaxed)
        return true
    }

    // MARK: Waiting

    mutating func wait(_ ref: ConnectionRef) {
        if !waiting.contains(where: { $0 === ref }) { waiting.append(ref) }
    }

    func isListed(_ ref: ConnectionRef) -> Bool { members[ObjectIdentifier(ref)]?.isListed ?? false }

    /// - Returns: those who were not listed before.
    mutating func list(_ refs: [ConnectionRef]) -> [User] {
        refs.compactMap { ref in
            guard let member = members[ObjectIdentifier(ref)], !member.isListed else { return nil }
            members[ObjectIdentifier(ref)]?.isListed = true
            return User(id: ref.context.user, name: member.name)
        }
    }

    mutating func placed(_ refs: [ConnectionRef]) {
        for ref in refs { members[ObjectIdentifier(ref)]?.waitsUntil = nil }
        waiting.removeAll { ref in refs.contains { $0 === ref } }
    }

    // MARK: Rights

    func standing(of ref: ConnectionRef) -> Standing? { members[ObjectIdentifier(ref)]?.standing }

    /// The room failed: answers of the log go to it, and its successor asks again.
    mutating func dropAnswers() {
        for ref in waiting { stands(ref, .unknown) }
    }

    mutating func stands(_ ref: ConnectionRef, _ standing: Standing) {
        members[ObjectIdentifier(ref)]?.standing = standing
    }

    func outOfPatience(at now: NIODeadline) -> [ConnectionRef] {
        waiting.filter { members[ObjectIdentifier($0)]?.waitsUntil.map { $0 <= now } ?? false }
    }

    // MARK: Names

    /// - Returns: whether anything changed.
    mutating func rename(_ ref: ConnectionRef, to name: String) -> Bool {
        guard let member = members[ObjectIdentifier(ref)], member.name != name else { return false }
        members[ObjectIdentifier(ref)]?.name = name
        return true
    }

    /// A user has one name on all of their sockets.
    /// - Returns: the sockets that had another one.
    mutating func adopt(_ user: User) -> [ConnectionRef] {
        let renamed = refs.filter { $0.context.user == user.id && name(of: $0) != user.name }
        for ref in renamed { members[ObjectIdentifier(ref)]?.name = user.name }
        return renamed
    }

    // MARK: Failures

    enum Remedy {
        case successor(Connection)
        /// Restarts do not help: close the socket.
        case giveUp
    }

    /// - Returns: `nil` if the member has left.
    mutating func failed(_ ref: ConnectionRef, _ failure: Connection.Failure) -> Remedy? {
        guard let member = members[ObjectIdentifier(ref)] else { return nil }
        var failures =
            switch member.record {
            case .clean: Failures(policy: RestartPolicy(services.limits.connectionRestarts, then: .stop))
            case .failed(let failures): failures
            }
        let now = ContinuousClock.now
        let decision = failures.policy.failed(now: now)
        report(ref, failure.error, at: now, decision)
        guard case .restart = decision else { return .giveUp }
        if let id = failure.error.message {
            if failures.failedOn == id { failures.skipped.insert(id) }
            failures.failedOn = id
        }
        members[ObjectIdentifier(ref)]?.record = .failed(failures)
        return .successor(Connection(ref: ref, successorTo: failure, skipping: failures.skipped))
    }

    private func report(
        _ ref: ConnectionRef, _ error: InvariantBroken, at now: ContinuousClock.Instant,
        _ decision: RestartPolicy.Decision
    ) {
        services.logger.warning(
            "connection failed",
            metadata: [
                LogKey.roomName: "\(room)", LogKey.connectionID: "\(ref.context.socket)",
                LogKey.invariant: "\(error.rule.rawValue)", LogKey.error: "\(error)",
            ])
        status.failed("connection \(ref.context.socket) in \(room)", error, at: now, decision)
        let metrics = services.metrics
        if case .restart = decision {
            metrics.connectionRestarts[error.rule]?.increment()
        } else {
            metrics.connectionEscalations.increment()
        }
    }
}
