package import NIOCore

/// Who is in which room, by node. Each node writes its own members under its own incarnation, never another's. Called
/// and completed on `eventLoop`, like `Relay`.
package protocol PresenceStore: Sendable {
    /// Replaces users of this node in a room: present ones with name and socket count, absent ones with `nil`. The
    /// store renews their leases until they are removed.
    /// - `announcing`: published in the same step, as by `Relay.signal`: a node that receives it and then reads sees
    ///   the change.
    func update(
        _ changes: [UserID: NodeMember?], in room: RoomName, announcing: RoomSignal?, on eventLoop: any EventLoop)

    /// All members of the room by node, this node included. Nodes that are gone may be among them: `MembershipView`
    /// filters them.
    func read(
        _ room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[NodeIncarnation: [User]], RelayError>) -> Void)
}

/// A user on one node, in one room.
package struct NodeMember: Hashable, Sendable {
    package let name: String
    /// Open sockets of the user (tabs).
    package let sockets: Int

    package init(name: String, sockets: Int) {
        self.name = name
        self.sockets = sockets
    }
}
