-- Appends a message or an act to a room's log and publishes it, atomically: docs/protocol.md, sections 5, 7 and 10.
--
-- KEYS: the room's log, its head, its act records and, if the message has a key, the record of that key.
-- Answer: epoch, id, and 1 for a duplicate, else 0; or only the code of a refusal.
local log, head, acts, seen = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local room, origin, channel = ARGV[1], ARGV[2], ARGV[3]
local user, name, key, text, plain, act = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local history_length, most_bytes = tonumber(ARGV[10]), tonumber(ARGV[13])
local ttl_seconds, dedupe_seconds = ARGV[11], ARGV[12]
local is_tight = ARGV[14] == '1'
local most_emoji, most_emoji_of_one, most_reactions = 20, 5, 200

-- Check types first: an error halfway would leave a partial write.
for position, wanted in ipairs({'stream', 'hash', 'zset', 'string'}) do
    if wanted ~= 'zset' or act ~= '' then
        local found = KEYS[position] and redis.call('TYPE', KEYS[position]).ok or 'none'
        if found ~= 'none' and found ~= wanted then
            return redis.error_reply('WRONGTYPE ' .. KEYS[position] .. ' is a ' .. found .. ', not a ' .. wanted)
        end
    end
end

-- Lua numbers are doubles: exact up to 15 digits.
local function is_exact(digits)
    return digits and #digits <= 15 and string.find(digits, '^%d+$') ~= nil
end

local random, tag, ms, seq, forks, has_acts, bytes, counted, spare =
    unpack(redis.call('HMGET', head, 'epoch', 'tag', 'ms', 'seq', 'forks', 'acts', 'bytes', 'counted', 'spare'))
local last_id, first_id
local length = 0
if redis.call('EXISTS', log) == 1 then
    local info = redis.call('XINFO', 'STREAM', log)
    for i = 1, #info, 2 do
        if info[i] == 'length' then length = info[i + 1] end
        if info[i] == 'last-generated-id' then last_id = info[i + 1] end
        if info[i] == 'first-entry' and info[i + 1] then first_id = info[i + 1][1] end
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
            -- Written again, so that a following WAIT covers it.
            redis.call('SET', seen, first, 'EX', dedupe_seconds)
            return {epoch, id, 1}
        end
    end
end

-- The record of the act's target: its seq; 'd' (deleted), 'e <id of the last edit>' or nothing; then a line '<emoji>
-- <user>' per reaction. ActRecord.swift parses it, and applies the same rules in memory.
local kind, target_seq, before, standing, reactions
if act ~= '' then
    local target
    kind, target, target_seq = string.match(act, '^(%a+) (%d+%-(%d+))')
    local entry = fits and redis.call('XRANGE', log, target, target)[1]
    if not entry then return {'not_found'} end
    local author
    for i = 1, #entry[2], 2 do
        if entry[2][i] == 'act' then return {'not_found'} end
        if entry[2][i] == 'user' then author = entry[2][i + 1] end
    end
    before = has_acts and redis.call('ZRANGEBYSCORE', acts, target_seq, target_seq)[1]
    standing, reactions = string.match(before or '0\n\n', '^%d+\n([^\n]*)\n(.*)$')
    standing, reactions = standing or '', reactions or ''
    if standing == 'd' then return {'not_found'} end
    if kind ~= 'react' and author ~= user then return {'forbidden'} end
    if kind == 'react' then
        local on, emoji = string.match(act, '^react %S+ ([+-]) (.+)$')
        -- Ignore U+FE0F: earlier versions stored emoji unnormalized.
        local function folded(its) return (string.gsub(its, '\239\184\143', '')) end
        local wanted, there, others, known = folded(emoji), false, {}, {}
        local count, own_count, emoji_count = 0, 0, 0
        for line, its, whose in string.gmatch(reactions, '((%S+) ([^\n]*)\n)') do
            its = folded(its)
            count = count + 1
            if whose == user then own_count = own_count + 1 end
            if not known[its] then emoji_count = emoji_count + 1 end
            known[its] = true
            if its == wanted and whose == user then there = true else others[#others + 1] = line end
        end
        if on == '-' then
            reactions = table.concat(others)
        elseif not there then
            if count >= most_reactions or own_count >= most_emoji_of_one
                or not known[wanted] and emoji_count >= most_emoji then
                return {'too_many_reactions'}
            end
            reactions = reactions .. emoji .. ' ' .. user .. '\n'
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
    if is_tight then return {'full'} end
    -- Delete only existing keys: after any write of a script, Redis lets XADD exceed maxmemory.
    if redis.call('EXISTS', log, head, acts) > 0 then redis.call('DEL', log, head, acts) end
    local digest = redis.sha1hex(table.concat({origin, room, replid, time[1], time[2]}, ' '))
    random = string.sub(digest, 1, 16)
    if random == string.rep('0', 16) then random = string.rep('0', 15) .. '1' end
    tag, ms, seq, forks = own_tag, '0', '0', ''
    length, bytes, counted = 0, nil, nil
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

-- Write the log before the head: a failed XADD leaves no gap.
local entry = {'user', user, 'name', name, 'key', key, 'ts', ts, 'text', text}
if plain ~= '' then
    entry[#entry + 1] = 'plain'
    entry[#entry + 1] = plain
end
if act ~= '' then
    entry[#entry + 1] = 'act'
    entry[#entry + 1] = act
end

-- Drop the oldest entries, by number and bytes, as RoomHistory.swift does: a few more than necessary, to do it rarely,
-- but a bounded number at once. Entries older than the byte count count as zero. If memory is tight, free as much as is
-- added, and credit any excess to the next message.
local function size_of(values)
    local size = 128
    for i = 1, #values, 2 do
        if values[i] ~= 'ts' then size = size + #values[i + 1] end
    end
    return size
end
local drop, freed = 0, 0
if not (is_exact(bytes) and is_exact(counted)) then bytes, counted = '0', seq end
local size = size_of(entry)
spare = is_exact(spare) and tonumber(spare) or 0
local to_free = is_tight and size - spare or 0
bytes = tonumber(bytes) + size
local surplus = length >= history_length + 100 and length + 1 - history_length or 0
local wanted_bytes = bytes > most_bytes and most_bytes - math.floor(most_bytes / 16) or bytes
local from = '-'
while (drop < surplus or bytes > wanted_bytes or freed < to_free) and drop < math.min(length, 128) do
    local doubled = drop > 0 and 1 or 0
    local some = redis.call('XRANGE', log, from, '+', 'COUNT', 16 + doubled)
    if #some <= doubled then break end
    for i = doubled + 1, #some do
        if drop >= surplus and bytes <= wanted_bytes and freed >= to_free then break end
        local its_size = size_of(some[i][2])
        freed = freed + its_size
        if tonumber(string.match(some[i][1], '%d+$')) >= tonumber(counted) then
            bytes = math.max(0, bytes - its_size)
        end
        drop = drop + 1
    end
    from = some[#some][1]
end
if drop > 0 then
    redis.call('XADD', log, 'MAXLEN', '=', length + 1 - drop, id, unpack(entry))
else
    redis.call('XADD', log, id, unpack(entry))
end
redis.call('HSET', head, 'epoch', random, 'tag', tag, 'ms', ms, 'seq', seq, 'forks', forks or '',
    'bytes', string.format('%.0f', bytes), 'counted', counted)
if is_tight then redis.call('HSET', head, 'spare', string.format('%.0f', math.max(0, freed - to_free))) end
if act ~= '' then
    if kind == 'edit' then standing = 'e ' .. id end
    if kind == 'delete' then standing, reactions = 'd', '' end
    if before then redis.call('ZREM', acts, before) end
    redis.call('ZADD', acts, target_seq, target_seq .. '\n' .. standing .. '\n' .. reactions)
    redis.call('HSET', head, 'acts', 1)
    has_acts = '1'
    -- Drop records of trimmed messages. Only acts add records, so only acts clean up.
    redis.call('ZREMRANGEBYSCORE', acts, '-inf', '(' .. string.match(first_id, '%d+$'))
end
redis.call('EXPIRE', log, ttl_seconds)
redis.call('EXPIRE', head, ttl_seconds)
if has_acts then redis.call('EXPIRE', acts, ttl_seconds) end
if seen then redis.call('SET', seen, epoch .. ' ' .. id, 'EX', dedupe_seconds) end

-- The format of LiveWire.swift: a line with the lengths, then the fields.
local lengths = string.format('%d %d %d %d %d', #user, #name, #key, #text, #plain)
if act ~= '' then lengths = lengths .. ' ' .. #act end
redis.call(
    'PUBLISH', channel,
    table.concat({'M', origin, epoch, id, ts, lengths}, ' ') .. '\n' .. user .. name .. key .. text .. plain .. act)
return {epoch, id, 0}
