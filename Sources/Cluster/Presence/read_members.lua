-- Reads who is in a room, by node, and forgets the nodes whose lease has ended: docs/protocol.md, section 7.
--
-- KEYS: the room's nodes. ARGV: what the keys of their members begin with (the same hash tag, so the same shard).
-- Answer: node, its members as user and value, the next node, …
local answer = {}
for _, node in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    local members = redis.call('HGETALL', ARGV[1] .. node)
    if #members == 0 then
        redis.call('SREM', KEYS[1], node)
    else
        answer[#answer + 1] = node
        answer[#answer + 1] = members
    end
end
return answer
