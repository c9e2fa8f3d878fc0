package import ChatModel
package import NIOCore

/// Presence on a standalone node.
package struct InMemoryPresenceStore: PresenceStore {
    private let store: InMemoryStore
    private let node: NodeIncarnation

    package init(store: InMemoryStore, node: NodeIncarnation) {
        self.store = store
        self.node = node
    }

    /// There are no other nodes to notify.
    package func update(
        _ changes: [UserID: NodeMember?], in room: RoomName, announcing: RoomSignal?, on eventLoop: any EventLoop
    ) {
        eventLoop.assertInEventLoop()
        store.update(changes, in: room)
    }

    package func read(
        _ room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<[NodeIncarnation: [User]], RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let members = store.members(of: room)
        completion(.success(members.isEmpty ? [:] : [node: members]))
    }
}
