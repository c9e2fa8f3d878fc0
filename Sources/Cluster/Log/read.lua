-- Reads the head and a range of a room's log, atomically: docs/protocol.md, sections 5 and 10. Behind records.lua, in
-- one script.
--
-- KEYS: the room's log, its head, its act records, its rules.
-- ARGV: XRANGE, XREVRANGE, HEAD or RULES; two bounds; the maximum number of entries; the maximum number of bytes; '1'
-- if the room is private; the user who reads, or nothing if it is a node; and of a guest the address (ban_address.lua).
-- Answer: nothing if there is no log, or the version of the rules and the hash of them if there are rules. Otherwise
-- epoch, tag, ms, seq, forks and their ids, the oldest id (or nil), the entries, for each entry the record of its message
-- (see publish.lua) with the text of the last edit (each may be nil), 1 if the byte limit cut the range short, the version
-- of the rules (or nil), and for RULES the hash of them. Or only the code of a refusal; behind 'banned' when that ends, if
-- it does.
local log, head, acts, rules = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local is_private, asker, address = ARGV[6] == '1', ARGV[7], ARGV[8] or ''

-- Why the user may not read; nothing: they may.
local function refusal(has_rules)
    if not asker or not (is_private or has_rules) then return nil end
    local now
    local function role_in(record)
        local role, ends = string.match(record or '', '^(%a+) (%d+)')
        if not role or ends == '0' then return role, '' end
        local time = not now and redis.call('TIME')
        now = now or tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
        if tonumber(ends) > now then return role, ' ' .. ends end
    end
    local record, guest = unpack(redis.call('HMGET', rules, 'r:' .. asker, 'a:' .. address))
    local role, ends = role_in(record)
    -- Without a role, nobody enters from where a guest is banned.
    if not role and guest then
        role, ends = role_in(redis.call('HMGET', rules, 'r:' .. guest)[1])
        if role ~= 'banned' then role = nil end
    end
    if role == 'banned' and not is_private then return 'banned' .. ends end
    if is_private and (not role or role == 'banned') then return 'no_room' end
end

-- The rules outlive the log.
local function without_log()
    local version = redis.call('HMGET', rules, 'version')[1]
    local code = refusal(version)
    if code then return {code} end
    return version and {version, redis.call('HGETALL', rules)} or {}
end

for position, wanted in ipairs({'stream', 'hash'}) do
    local found = redis.call('TYPE', KEYS[position]).ok
    if found == 'none' then return without_log() end
    if found ~= wanted then
        return redis.error_reply('WRONGTYPE ' .. KEYS[position] .. ' is a ' .. found .. ', not a ' .. wanted)
    end
end

local random, tag, ms, seq, forks, fork_ids, has_acts, version =
    unpack(redis.call('HMGET', head, 'epoch', 'tag', 'ms', 'seq', 'forks', 'fork_ids', 'acts', 'rules'))
local code = refusal(version)
if code then return {code} end
local info, last_id, first_id = redis.call('XINFO', 'STREAM', log), nil, false
for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last_id = info[i + 1] end
    if info[i] == 'first-entry' and info[i + 1] then first_id = info[i + 1][1] end
end
-- Another program wrote here or deleted a key: the next publish begins a new epoch.
if not (random and tag and ms and seq) or last_id ~= ms .. '-' .. seq then return without_log() end

local records = records_of(acts, first_id)

-- Returns the record of the entry's message, and the bytes read for it: at least as many as PageBudget.swift counts.
local function look_at(entry)
    -- No node writes a field this large: return the entry as unreadable, without its fields.
    for i = 1, #entry[2] do
        if #entry[2][i] > 65536 then
            entry[2] = {}
            return false, 256
        end
    end
    local text_at = place(entry, 'text')
    local files_at = place(entry, 'files')
    local bytes = 256 + (text_at and #entry[2][text_at] or 0) + (files_at and 4 * #entry[2][files_at] or 0)
    if not has_acts then return false, bytes end
    local record, standing, last_edit, is_edit = records.of(entry)
    -- Never send superseded or deleted text: of all edits, only the last one's.
    if is_edit then
        if text_at and last_edit ~= entry[1] then entry[2][text_at] = '' end
        return standing and {'0\n' .. standing .. '\n', false} or false, bytes
    end
    if not record then return false, bytes end
    local text = false
    if last_edit then
        local edit = redis.call('XRANGE', log, last_edit, last_edit)[1]
        local at = edit and place(edit, 'text')
        text = at and edit[2][at] or false
    end
    bytes = bytes + #record + (text and #text or 0)
    if text_at and (standing == 'd' or text) then entry[2][text_at] = '' end
    return {record, text}, bytes
end

-- In small chunks: with large entries, only the last few reads are wasted.
local at_once = 16
local entries, their_records, stopped = {}, {}, 0
local command, from, to, left, budget = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
while command ~= 'HEAD' and command ~= 'RULES' and left > 0 and stopped == 0 do
    -- Each chunk but the first begins with the last entry of the previous one.
    local doubled = #entries > 0 and 1 or 0
    local wanted = math.min(left, at_once) + doubled
    local some = redis.call(command, log, from, to, 'COUNT', wanted)
    if has_acts and #some > doubled then
        local lowest, highest = number(some[1][1]), number(some[#some][1])
        if command == 'XREVRANGE' then lowest, highest = highest, lowest end
        records.look_up(lowest, highest)
    end
    for position = doubled + 1, #some do
        local record, bytes = look_at(some[position])
        if #entries > 0 and bytes > budget then
            stopped = 1
            break
        end
        budget = budget - bytes
        entries[#entries + 1] = some[position]
        their_records[#entries] = record
    end
    if #some < wanted then break end
    from = some[#some][1]
    left = left - (wanted - doubled)
end
local all_rules = command == 'RULES' and version and redis.call('HGETALL', rules) or {}
return {random, tag, ms, seq, forks or '', fork_ids or '', first_id, entries, their_records, stopped, version, all_rules}
