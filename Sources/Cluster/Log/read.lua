-- Reads the head of a room's log and a part of the log, in one step: docs/protocol.md, sections 5 and 10.
--
-- KEYS: the room's log, its head, and what acts have made of its messages.
-- ARGV: XRANGE or XREVRANGE or HEAD, its two bounds, how many entries.
-- Answer: nothing for a room without a log; otherwise epoch, tag, ms, seq, forks, the oldest id (or nil), the entries, and
-- for each entry what has become of its message (or nil): the record of publish.lua, and the text of the last edit (or nil).
local log, head, acts = KEYS[1], KEYS[2], KEYS[3]

for position, wanted in ipairs({'stream', 'hash'}) do
    local found = redis.call('TYPE', KEYS[position]).ok
    if found == 'none' then return {} end
    if found ~= wanted then
        return redis.error_reply('WRONGTYPE ' .. KEYS[position] .. ' is a ' .. found .. ', not a ' .. wanted)
    end
end

local random, tag, ms, seq, forks, has_acts =
    unpack(redis.call('HMGET', head, 'epoch', 'tag', 'ms', 'seq', 'forks', 'acts'))
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

local records = {}
if has_acts and #entries > 0 then
    local known = {}
    local function look_up(from, to)
        for _, record in ipairs(redis.call('ZRANGEBYSCORE', acts, from, to)) do
            known[string.match(record, '^%d+')] = record
        end
    end
    local function number(id) return string.match(id, '%d+$') end
    local function field(entry, wanted)
        for i = 1, #entry[2], 2 do
            if entry[2][i] == wanted then return entry[2][i + 1] end
        end
    end

    local lowest, highest = number(entries[1][1]), number(entries[#entries][1])
    if ARGV[1] == 'XREVRANGE' then lowest, highest = highest, lowest end
    look_up(lowest, highest)
    for position, entry in ipairs(entries) do
        -- An edit is told the fate of its message: what was deleted has no text any more.
        local edited = string.match(field(entry, 'act') or '', '^edit .*%-(%d+)$')
        if edited and tonumber(edited) < tonumber(lowest) then look_up(edited, edited) end
        local record, text = known[edited or number(entry[1])], false
        local last_edit = record and not edited and string.match(record, '^%d+\ne (%S+)\n')
        if last_edit then
            local edit = redis.call('XRANGE', log, last_edit, last_edit)[1]
            text = edit and field(edit, 'text') or false
        end
        records[position] = record and {record, text} or false
    end
end
return {random, tag, ms, seq, forks or '', first_id, entries, records}
