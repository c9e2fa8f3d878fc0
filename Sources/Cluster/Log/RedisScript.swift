import Sealing

/// A Lua script that Redis keeps (`SCRIPT LOAD` when a connection is made) and runs by its hash.
struct RedisScript: Sendable {
    private let source: [UInt8]
    private let hash: String

    init(_ source: [UInt8]) {
        self.source = source
        hash = Hexadecimal.text(Digest.sha1(source))
    }

    var load: RedisCommand { RedisCommand(.setup, "SCRIPT", "LOAD", source) }

    /// The beginning of a call; its arguments are to be appended.
    func call(_ operation: RedisOperation, keys: [String]) -> RedisCommand {
        var command = RedisCommand(operation, "EVALSHA", hash, keys.count)
        for key in keys { command.append(key) }
        return command
    }
}

/// The scripts, and which connection needs which.
package enum RoomScripts {
    static let publish = RedisScript(PackageResources.publish_lua)
    static let read = RedisScript(PackageResources.read_lua)
    static let updateMembers = RedisScript(PackageResources.update_members_lua)
    static let readMembers = RedisScript(PackageResources.read_members_lua)

    /// To be run on every new connection that publishes.
    package static let publishSetup = [publish.load]
    /// To be run on every new connection that reads.
    package static let readSetup = [read.load, updateMembers.load, readMembers.load]
}
