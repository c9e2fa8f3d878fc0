-- The rooms whose logs have texts to erase: docs/protocol.md, section 7. A sorted set. Its scores are milliseconds since
-- 1970 from which a room is due; small ones mean that a node has noted the room since, as many times.
--
-- KEYS: the set. ARGV: 'claim' and milliseconds; or 'release', milliseconds, the room and its score. Before these,
-- the milliseconds from the note of a room until it is due.
-- Answer: for 'claim' the number of rooms and, if one is due, its name and its new score: so long nobody else gets it.
-- For 'release' nothing: the room is due again after that time, or with 0 removed, unless it was noted meanwhile.
local rooms, settles_after, command, pause = KEYS[1], tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local call = redis.call
local most_noted = 1000000000

local time = call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function put(room, score)
    score = string.format('%.0f', score)
    call('ZADD', rooms, score, room)
    return score
end

if command == 'claim' then
    -- A room is noted just before its deletion is published.
    for _, room in ipairs(call('ZRANGEBYSCORE', rooms, '-inf', most_noted, 'LIMIT', 0, 100)) do
        put(room, now + settles_after)
    end
    local due = call('ZRANGEBYSCORE', rooms, '(' .. most_noted, now, 'LIMIT', 0, 1)[1]
    return {call('ZCARD', rooms), due, due and put(due, now + pause)}
end

local room, score = ARGV[4], ARGV[5]
local is_unchanged = false
for _, its in ipairs(call('ZRANGEBYSCORE', rooms, score, score)) do is_unchanged = is_unchanged or its == room end
if is_unchanged and pause == 0 then
    call('ZREM', rooms, room)
else
    put(room, now + math.max(pause, settles_after))
end
return {}
