package import ChatModel
package import NIOCore

/// The log of an embedded node.
package struct InMemoryRoomLog: RoomLog {
    private let store: InMemoryStore

    package init(store: InMemoryStore) {
        self.store = store
    }

    /// Nobody waits for a turn: a page is at hand.
    package func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        completion(.success(store.page(range, of: room)))
    }
}

/// The rooms of an embedded node.
package struct InMemoryRoomIndex: RoomIndex {
    private let store: InMemoryStore

    package init(store: InMemoryStore) {
        self.store = store
    }

    package func recentRooms(limit: Int) async throws -> [RoomActivity] {
        store.recentRooms(limit: limit)
    }
}
