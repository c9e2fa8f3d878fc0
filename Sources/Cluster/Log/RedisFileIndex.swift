package import ChatModel
package import RedisClient
import Sealing

/// The files of the rooms' messages in Redis, which `publish.lua` notes in the same step as the messages.
package struct RedisFileIndex: FileIndex {
    private let shards: RedisShards
    private let keys: RoomKeys

    /// - `shards`: set up with `RoomScripts`.
    package init(shards: RedisShards, keys: RoomKeys) {
        self.shards = shards
        self.keys = keys
    }

    package func log() async throws -> FileLog {
        let redis = shards.shard(of: keys.logID).read
        do throws(RedisError) {
            for _ in 0..<2 {
                let known = try await redis.send(RedisCommand(.read, "GET", keys.logID))
                if !known.isNull { return FileLog(id: try known.string(), isNew: false) }
                let id = Hexadecimal.text(RandomBytes.make(16))
                let isFirst = try await !redis.send(RedisCommand(.read, "SET", keys.logID, id, "NX")).isNull
                // Otherwise another node was faster.
                if isFirst { return FileLog(id: id, isNew: true) }
            }
            throw RedisError(.unexpectedReply, "the id of the log comes and goes")
        } catch {
            throw RelayError(error)
        }
    }

    package func standings(of files: [FileID], in room: RoomName) async throws -> [FileStanding] {
        guard !files.isEmpty else { return [] }
        var command = RoomScripts.files.call(.read, keys: [keys.log(room), keys.head(room), keys.files(room)])
        for file in files { command.append(file.description) }
        do throws(RedisError) {
            let reply = try await shards.shard(of: keys.log(room)).read.send(command).array()
            guard reply.count == files.count else {
                throw RedisError(.unexpectedReply, "unexpected reply from files.lua")
            }
            var standings: [FileStanding] = []
            for element in reply {
                switch try element.integer() {
                case -1: standings.append(.deleted)
                case 0: standings.append(.unknown)
                default: standings.append(.kept)
                }
            }
            return standings
        } catch {
            throw RelayError(error)
        }
    }
}
