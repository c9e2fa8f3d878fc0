import ChatModel

/// How far each user has read their rooms. The rules of `read_positions.lua`, in memory.
struct ReadPositionTable {
    private struct Reader {
        var rooms: [RoomName: RoomPosition] = [:]
        /// Counts up with every change of the table.
        var changed: UInt64
    }

    private let mostReaders: Int
    private var readers: [UserID: Reader] = [:]
    private var changes: UInt64 = 0

    init(mostReaders: Int = 10_000) { self.mostReaders = mostReaders }

    /// - Returns: whether it is further than what was known.
    mutating func note(_ read: ReadPosition, by user: UserID) -> Bool {
        var reader = readers[user] ?? Reader(changed: 0)
        let known = reader.rooms[read.room]
        guard ReadPosition.isFurther(read.position, than: known) else { return false }
        if known == nil, reader.rooms.count >= ReadPosition.mostRooms {
            let oldest = reader.rooms.min { $0.value.id.ms < $1.value.id.ms }
            if let oldest { reader.rooms[oldest.key] = nil }
        }
        reader.rooms[read.room] = read.position
        changes += 1
        reader.changed = changes
        if readers[user] == nil, readers.count >= mostReaders { dropOldest() }
        readers[user] = reader
        return true
    }

    func positions(of user: UserID) -> [ReadPosition] {
        readers[user]?.rooms.map { ReadPosition(room: $0.key, position: $0.value) } ?? []
    }

    mutating func forget(_ room: RoomName, for user: UserID) { readers[user]?.rooms[room] = nil }

    /// Half of all readers, so that this is seldom needed.
    private mutating func dropOldest() {
        let median = readers.values.map(\.changed).sorted()[readers.count / 2]
        readers = readers.filter { $1.changed > median }
    }
}
