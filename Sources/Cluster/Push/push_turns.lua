-- Who has devices for push messages, and which node sends them: docs/protocol.md, section 16.
--
-- KEYS: a sorted set of users by when their devices changed; the node whose turn it is; up to when messages have been
-- looked at. Times are milliseconds since 1970.
-- ARGV: 'note', a user, how many there may be, and how long devices are kept, in seconds: answers 1, or 0 if there are
-- too many.
-- Or 'forget' and a user: without a device, unless it has just got one.
-- Or 'turn', the node's incarnation, how long the turn lasts, up to when it has looked (or ''), since when it wants to
-- know of changes, and how far back it may have to look: answers the time, up to when has been looked, and the users
-- whose devices changed; nothing if it is another node's turn.
local users, turn, seen, command = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local call = redis.call
local time = call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function digits_of(number) return string.format('%.0f', number) end

if command == 'note' then
    local function score() return call('ZADD', users, 'XX', 'INCR', 0, ARGV[2]) end
    if not score() and call('ZCARD', users) >= tonumber(ARGV[3]) then return 0 end
    call('ZADD', users, digits_of(now), ARGV[2])
    call('EXPIRE', users, ARGV[4])
    return 1
end

if command == 'forget' then
    local changed = call('ZADD', users, 'XX', 'INCR', 0, ARGV[2])
    if changed and tonumber(changed) < now - 60000 then call('ZREM', users, ARGV[2]) end
    return 1
end

local node, lasts, up_to, changed_since, oldest = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local holder = call('GET', turn)
if holder and holder ~= node then return {} end
call('SET', turn, node, 'PX', lasts)
if up_to ~= '' then call('SET', seen, up_to, 'EX', 86400) end
-- Before the first turn, a minute: somebody may just have got a device.
local looked = math.min(now, math.max(tonumber(call('GET', seen) or '') or now - 60000, now - oldest))
return {now, looked, call('ZRANGEBYSCORE', users, changed_since, '+inf')}
