-- Reads the members of a room by node, and removes nodes whose lease has expired: docs/protocol.md, section 7.
--
-- KEYS: the room's nodes. ARGV: the prefix of their member keys (same hash tag, so the same shard).
-- Returns: a node, its members as user and value, the next node, …
local answer = {}
for _, node in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    local members = redis.call('HGETALL', ARGV[1] .. node)
    if #members == 0 then
        -- Reading must work even if Redis refuses writes.
        redis.pcall('SREM', KEYS[1], node)
    else
        answer[#answer + 1] = node
        answer[#answer + 1] = members
    end
end
return answer
