-- Writes a node's own members of a room, and tells of the change, in one step: docs/protocol.md, section 7.
--
-- KEYS: the node's members of the room, the room's nodes. ARGV: node and generation, seconds of the lease, REPLACE
-- (these are all) or CHANGE, the room's channel, what to say on it (empty: nothing), how many users leave, those users,
-- then user and value of everyone who is there.
local members, nodes = KEYS[1], KEYS[2]
local node, lease, channel, news, leaving = ARGV[1], ARGV[2], ARGV[4], ARGV[5], tonumber(ARGV[6])

if ARGV[3] == 'REPLACE' then redis.call('DEL', members) end
for i = 7, 6 + leaving do redis.call('HDEL', members, ARGV[i]) end
for i = 7 + leaving, #ARGV, 2 do redis.call('HSET', members, ARGV[i], ARGV[i + 1]) end

if redis.call('EXPIRE', members, lease) == 1 then
    redis.call('SADD', nodes, node)
    redis.call('EXPIRE', nodes, lease)
else
    redis.call('SREM', nodes, node)
end
if news ~= '' then redis.call('PUBLISH', channel, news) end
return redis.status_reply('OK')
