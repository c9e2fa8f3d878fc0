import Sealing

/// A Lua script that Redis keeps (`SCRIPT LOAD` when a connection is made) and runs by its hash.
package struct RedisScript: Sendable {
    private let source: [UInt8]
    private let hash: String

    package init(_ source: [UInt8]) {
        self.source = source
        hash = Hexadecimal.text(Digest.sha1(source))
    }

    package var load: RedisCommand { RedisCommand(.setup, "SCRIPT", "LOAD", source) }

    /// The beginning of a call; its arguments are to be appended.
    package func call(_ operation: RedisOperation, keys: [String]) -> RedisCommand {
        var command = RedisCommand(operation, "EVALSHA", hash, keys.count)
        for key in keys { command.append(key) }
        return command
    }
}
