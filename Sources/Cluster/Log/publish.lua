-- Appends a message to a room's log and publishes it, in one step: docs/protocol.md, sections 5 and 7.
--
-- KEYS: the room's log, its head, and for a message with a key what remembers it.
-- Answer: epoch, id, and 1 for a message that was there before.
local log, head, seen = KEYS[1], KEYS[2], KEYS[3]
local room, origin, channel = ARGV[1], ARGV[2], ARGV[3]
local user, name, key, text, plain = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local history_length, ttl_seconds, dedupe_seconds = ARGV[9], ARGV[10], ARGV[11]

-- A wrong type found half-way would leave half of the work done.
for position, wanted in ipairs({'stream', 'hash', 'string'}) do
    local found = KEYS[position] and redis.call('TYPE', KEYS[position]).ok or 'none'
    if found ~= 'none' and found ~= wanted then
        return redis.error_reply('WRONGTYPE ' .. KEYS[position] .. ' is a ' .. found .. ', not a ' .. wanted)
    end
end

-- Lua's numbers are doubles: up to 15 digits are exact.
local function is_exact(digits)
    return digits and #digits <= 15 and string.find(digits, '^%d+$') ~= nil
end

local random, tag, ms, seq, forks = unpack(redis.call('HMGET', head, 'epoch', 'tag', 'ms', 'seq', 'forks'))
local last_id
if redis.call('EXISTS', log) == 1 then
    local info = redis.call('XINFO', 'STREAM', log)
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then last_id = info[i + 1] end
    end
end
local fits = random and string.find(random, '^[0-9a-f]+$') and #random == 16
    and tag and string.find(tag, '^[0-9a-f]+$') and #tag == 8
    and is_exact(ms) and is_exact(seq) and last_id == ms .. '-' .. seq

if seen and fits then
    local first = redis.call('GET', seen)
    if first then
        local epoch, its_random, id, its_ms, its_seq = string.match(first, '^((%x+)%.%x+) ((%d+)%-(%d+))$')
        if its_random == random and is_exact(its_ms) and is_exact(its_seq) and tonumber(its_seq) <= tonumber(seq) then
            -- Written again, so that a WAIT that follows covers it.
            redis.call('SET', seen, first, 'EX', dedupe_seconds)
            return {epoch, id, 1}
        end
    end
end

local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if not replid then
    return redis.error_reply('ERR INFO replication shows no master_replid: this server cannot tell its failovers')
end
local own_tag = string.sub(replid, 1, 8)
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

if not fits then
    -- Only what is there: after any write of a script Redis lets XADD past a full memory.
    if redis.call('EXISTS', log, head) > 0 then redis.call('DEL', log, head) end
    local digest = redis.sha1hex(table.concat({origin, room, replid, time[1], time[2]}, ' '))
    random = string.sub(digest, 1, 16)
    if random == string.rep('0', 16) then random = string.rep('0', 15) .. '1' end
    tag, ms, seq, forks = own_tag, '0', '0', ''
end
if tag ~= own_tag then
    local kept = {}
    for fork in string.gmatch(forks or '', '%S+') do kept[#kept + 1] = fork end
    kept[#kept + 1] = tag .. ':' .. seq
    forks = table.concat(kept, ' ', math.max(1, #kept - 15))
    tag = own_tag
end
ms = string.format('%.0f', math.max(tonumber(ms), now))
seq = string.format('%.0f', tonumber(seq) + 1)
local epoch, id, ts = random .. '.' .. tag, ms .. '-' .. seq, string.format('%.0f', now)

-- The log before the head: an XADD that fails leaves no hole.
local entry = {'user', user, 'name', name, 'key', key, 'ts', ts, 'text', text}
if plain ~= '' then
    entry[#entry + 1] = 'plain'
    entry[#entry + 1] = plain
end
redis.call('XADD', log, 'MAXLEN', '~', history_length, id, unpack(entry))
redis.call('HSET', head, 'epoch', random, 'tag', tag, 'ms', ms, 'seq', seq, 'forks', forks or '')
redis.call('EXPIRE', log, ttl_seconds)
redis.call('EXPIRE', head, ttl_seconds)
if seen then redis.call('SET', seen, epoch .. ' ' .. id, 'EX', dedupe_seconds) end

-- The form is LiveWire.swift's: a line with the lengths, then the fields.
local lengths = string.format('%d %d %d %d %d', #user, #name, #key, #text, #plain)
redis.call(
    'PUBLISH', channel,
    table.concat({'M', origin, epoch, id, ts, lengths}, ' ') .. '\n' .. user .. name .. key .. text .. plain)
return {epoch, id, 0}
