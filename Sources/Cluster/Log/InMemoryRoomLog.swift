package import ChatModel
package import NIOCore

/// The rooms' logs of an embedded node.
package struct InMemoryRoomLog: RoomLog {
    private let store: InMemoryStore

    package init(store: InMemoryStore) {
        self.store = store
    }

    /// Needs no `HistoryGate`: pages are in memory.
    package func read(
        _ range: LogRange, of room: RoomName, for reader: LogReader, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<LogPage, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        completion(.success(store.page(range, of: room)))
    }
}

/// The room index of an embedded node.
package struct InMemoryRoomIndex: RoomIndex {
    private let store: InMemoryStore

    package init(store: InMemoryStore) {
        self.store = store
    }

    package func recentRooms(limit: Int) async throws -> [RoomActivity] {
        store.recentRooms(limit: limit)
    }
}
