-- Takes deleted and superseded texts out of a room's log: docs/protocol.md, section 10. Entries of a stream cannot be
-- changed, and XDEL leaves their bytes in memory. So the log is copied, without these texts but with the same ids, in
-- many short calls, and the copy takes its place. Behind records.lua, in one script.
--
-- KEYS: the room's log, its head, its act records, the copy: a key of the caller's own.
-- ARGV: number of entries to copy, seconds after which an abandoned copy expires; in all calls but the first, what the
-- one before returned: what the copy belongs to, the last id that was copied, the bytes of what was.
-- Answer: 'none' if there is nothing to erase; 'more' and the arguments of the next call; 'changed' if the log is not the
-- one that was copied, so nothing was done; or 'erased' and the length of the log.
local log, head, acts, copy = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local left, copy_seconds = tonumber(ARGV[1]), ARGV[2]
local version, copied, bytes = ARGV[3], ARGV[4], tonumber(ARGV[5] or '0')
local call = redis.call

for position, wanted in ipairs({'stream', 'hash', 'zset'}) do
    if call('TYPE', KEYS[position]).ok ~= wanted then return {'none'} end
end
local random, ms, seq, last, stale, erased =
    unpack(call('HMGET', head, 'epoch', 'ms', 'seq', 'last', 'stale', 'erased'))
if not (random and ms and seq and stale) or stale == erased then return {'none'} end
-- Of two nodes that copy at once, the second must not bring back what the first has erased.
local its_version = random .. ' ' .. (erased or '')
if not version then
    version, copied = its_version .. ' ' .. stale, '0-0'
    call('DEL', copy)
elseif string.sub(version, 1, #its_version + 1) ~= its_version .. ' ' then
    call('DEL', copy)
    return {'changed'}
elseif call('EXISTS', copy) == 0 then
    return {'changed'}
end

local function size_of(entry)
    local size = 128
    for i = 1, #entry[2], 2 do
        if entry[2][i] ~= 'ts' then size = size + #entry[2][i + 1] end
    end
    return size
end

local first_id = call('XRANGE', log, '-', '+', 'COUNT', 1)
first_id = first_id[1] and first_id[1][1]
if not first_id then return {'none'} end
local records = records_of(acts, first_id)

local function without_text(entry)
    local text_at = place(entry, 'text')
    local _, standing, last_edit, is_edit = records.of(entry)
    local is_hidden = last_edit and true or standing == 'd'
    if is_edit then is_hidden = last_edit ~= entry[1] end
    if not is_hidden then return end
    if text_at then entry[2][text_at] = '' end
    if standing ~= 'd' then return end
    -- What a plain client sent with it may be text, too; and nobody learns what it answered, or which files it had.
    for _, name in ipairs({'plain', 're', 'files'}) do
        local at = place(entry, name)
        if at then
            table.remove(entry[2], at)
            table.remove(entry[2], at - 1)
        end
    end
end

-- In small chunks, and not much over 256 KiB in all.
local is_complete = false
while left > 0 and not is_complete do
    local wanted = math.min(math.ceil(left), 16)
    local some = call('XRANGE', log, '(' .. copied, '+', 'COUNT', wanted)
    if #some > 0 then records.look_up(number(some[1][1]), number(some[#some][1])) end
    for _, entry in ipairs(some) do
        local size = size_of(entry)
        without_text(entry)
        call('XADD', copy, entry[1], unpack(entry[2]))
        bytes, copied = bytes + size_of(entry), entry[1]
        left = left - math.max(1, size / 2600)
    end
    is_complete = #some < wanted
end
call('EXPIRE', copy, copy_seconds)
if not is_complete then return {'more', version, copied, string.format('%.0f', bytes)} end

-- What was trimmed meanwhile.
local surplus, from = 0, '-'
repeat
    local some = call('XRANGE', copy, from, '(' .. first_id, 'COUNT', 16)
    for _, entry in ipairs(some) do bytes, surplus, from = bytes - size_of(entry), surplus + 1, '(' .. entry[1] end
until #some < 16

local function info(key)
    local found = call('XINFO', 'STREAM', key)
    local length, last_id
    for i = 1, #found, 2 do
        if found[i] == 'length' then length = found[i + 1] end
        if found[i] == 'last-generated-id' then last_id = found[i + 1] end
    end
    return length, last_id
end
local length, last_id = info(log)
local its_length, its_last_id = info(copy)
local its_seq, expires = string.match(last or '', '^(%d+) %d+ (%d+)$')
if last_id ~= ms .. '-' .. seq or its_seq ~= seq or its_last_id ~= last_id or its_length - surplus ~= length then
    call('DEL', copy)
    return {'changed'}
end
call('XTRIM', copy, 'MAXLEN', '=', length)
call('RENAME', copy, log)
call('EXPIRE', log, math.max(1, tonumber(expires) - tonumber(call('TIME')[1])))
call(
    'HSET', head, 'bytes', string.format('%.0f', bytes), 'counted', number(first_id),
    'last', seq .. ' ' .. length .. ' ' .. expires, 'erased', string.match(version, '%d+$'))
return {'erased', length}
