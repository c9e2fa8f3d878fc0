-- Writes a node's own members of a room and publishes the change, atomically: docs/protocol.md, section 7.
--
-- KEYS: the node's members of the room, the room's nodes. ARGV: node and generation, lease in seconds, REPLACE (the
-- complete list) or CHANGE, the command that publishes, the room's channel, the message to publish (empty: none), the
-- number of leaving users, those users, then user and value of each member present.
local members, nodes = KEYS[1], KEYS[2]
local node, lease, publish, channel, news, leaving = ARGV[1], ARGV[2], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])

if ARGV[3] == 'REPLACE' then redis.call('DEL', members) end
for i = 8, 7 + leaving do redis.call('HDEL', members, ARGV[i]) end
for i = 8 + leaving, #ARGV, 2 do redis.call('HSET', members, ARGV[i], ARGV[i + 1]) end

if redis.call('EXPIRE', members, lease) == 1 then
    redis.call('SADD', nodes, node)
    redis.call('EXPIRE', nodes, lease)
else
    redis.call('SREM', nodes, node)
end
if news ~= '' then redis.call(publish, channel, news) end
return redis.status_reply('OK')
