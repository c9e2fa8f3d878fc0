import Sealing

/// A Lua script, loaded into Redis on connect (`SCRIPT LOAD`) and called by its hash.
struct RedisScript: Sendable {
    private let source: [UInt8]
    private let hash: String

    init(_ source: [UInt8]) {
        self.source = source
        hash = Hexadecimal.text(Digest.sha1(source))
    }

    var load: RedisCommand { RedisCommand(.setup, "SCRIPT", "LOAD", source) }

    /// The beginning of a call; append its arguments.
    func call(_ operation: RedisOperation, keys: [String]) -> RedisCommand {
        var command = RedisCommand(operation, "EVALSHA", hash, keys.count)
        for key in keys { command.append(key) }
        return command
    }
}

/// The scripts, by the connections that need them.
package enum RoomScripts {
    static let publish = RedisScript(PackageResources.publish_lua)
    static let read = RedisScript(PackageResources.read_lua)
    static let updateMembers = RedisScript(PackageResources.update_members_lua)
    static let readMembers = RedisScript(PackageResources.read_members_lua)

    /// To run on every new connection that publishes.
    package static let publishSetup = [publish.load]
    /// To run on every new connection that reads.
    package static let readSetup = [read.load, updateMembers.load, readMembers.load]
}
