-- Reads the head of a room's log and a part of the log, in one step: docs/protocol.md, section 5.
--
-- KEYS: the room's log and its head. ARGV: XRANGE or XREVRANGE or HEAD, its two bounds, how many entries.
-- Answer: nothing for a room without a log; otherwise epoch, tag, ms, seq, forks, the oldest id (or nil), the entries.
local log, head = KEYS[1], KEYS[2]

for position, wanted in ipairs({'stream', 'hash'}) do
    local found = redis.call('TYPE', KEYS[position]).ok
    if found == 'none' then return {} end
    if found ~= wanted then
        return redis.error_reply('WRONGTYPE ' .. KEYS[position] .. ' is a ' .. found .. ', not a ' .. wanted)
    end
end

local random, tag, ms, seq, forks = unpack(redis.call('HMGET', head, 'epoch', 'tag', 'ms', 'seq', 'forks'))
local info, last_id, first_id = redis.call('XINFO', 'STREAM', log), nil, false
for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last_id = info[i + 1] end
    if info[i] == 'first-entry' and info[i + 1] then first_id = info[i + 1][1] end
end
-- Somebody else wrote here, or deleted one of the two: the next publish begins a new epoch.
if not (random and tag and ms and seq) or last_id ~= ms .. '-' .. seq then return {} end

local entries = {}
if ARGV[1] ~= 'HEAD' then
    entries = redis.call(ARGV[1], log, ARGV[2], ARGV[3], 'COUNT', ARGV[4])
end
return {random, tag, ms, seq, forks or '', first_id, entries}
