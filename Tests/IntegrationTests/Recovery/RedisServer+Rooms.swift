import TestSupport

/// What only somebody else than a node does to a room's log.
extension RedisServer {
    static func log(_ room: String = "lobby") -> String { "webchat:{\(room)}:log" }
    static func head(_ room: String = "lobby") -> String { "webchat:{\(room)}:head" }

    /// Appends to a room that has a log, as `publish.lua` does, in one step, and tells nobody.
    /// - Parameters:
    ///   - texts: `nil` makes an entry that nobody can read.
    ///   - ahead: milliseconds by which the clock is ahead; what follows has the same time, until the clock is there.
    ///   - keeping: so many entries are left in the log.
    func append(_ texts: [String?], to room: String = "lobby", ahead: Int = 0, keeping: Int = 1_000_000) throws {
        let script = """
            local ms, seq = unpack(redis.call('HMGET', KEYS[2], 'ms', 'seq'))
            ms = string.format('%.0f', ms + ARGV[1])
            for i = 3, #ARGV do
                seq = string.format('%.0f', seq + 1)
                local id = ms .. '-' .. seq
                if ARGV[i] == '' then
                    redis.call('XADD', KEYS[1], id, 'foo', 'bar')
                else
                    redis.call('XADD', KEYS[1], id, 'user', 'u', 'name', 'U', 'key', '', 'ts', '1', 'text', ARGV[i])
                end
            end
            redis.call('HSET', KEYS[2], 'ms', ms, 'seq', seq)
            redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', ARGV[2])
            return 'OK'
            """
        let keys = [Self.log(room), Self.head(room)]
        let answer = try cli(["EVAL", script, "2"] + keys + ["\(ahead)", "\(keeping)"] + texts.map { $0 ?? "" })
        guard answer == "OK" else { throw TestFailure("redis-cli EVAL: \(answer)") }
    }
}
