-- Appends messages and acts to a room's log and publishes them, atomically: docs/protocol.md, sections 5, 7 and 10.
-- Behind rules.lua and message_files.lua, in one script.
--
-- KEYS: the room's log, its head, its act records, its rules, who spoke when in slow mode, its files; then the key
-- record of each draft that has a key, in their order.
-- ARGV: room, origin, channel, history length, most bytes, seconds of expiry (of a room with rules and of one without)
-- and of deduplication, '1' if memory is tight, the command that publishes, the kind of the room; then for each draft:
-- user, name, key, text, plain, act, files. An act may begin with the authority behind it: '!operator ', '!maker ' or
-- '!invitation <id> <uses> <end> <inviter> '.
-- Before that, or alone, may stand '!from <address> ': of a guest, where it may be banned (ban_address.lua). Of a reply
-- it is '!re <id>', the message that it answers; whether that is there is not checked.
-- Answer: per draft epoch, id, and 1 for a duplicate, else 0; or only the code of a refusal, and a wait in milliseconds
-- for 'slowed'; or an error. One error for all if nothing was written. The drafts are handled in turn, as if each had a
-- call of its own.
local log, head, acts, rules, files = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]
local room, origin, channel = ARGV[1], ARGV[2], ARGV[3]
local history_length, most_bytes = tonumber(ARGV[4]), tonumber(ARGV[5])
local ruled_seconds, unruled_seconds = string.match(ARGV[6], '^(%d+) (%d+)$')
local dedupe_seconds, is_tight = ARGV[7], ARGV[8] == '1'
local publish_command, is_private = ARGV[9], ARGV[10] ~= 'open'
local call = redis.call

-- Check types before any write: an error halfway would leave a partial write.
local function wrong_type(key, wanted)
    local found = call('TYPE', key).ok
    if found ~= 'none' and found ~= wanted then
        return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. found .. ', not a ' .. wanted)
    end
end

-- Lua numbers are doubles: exact up to 15 digits.
local function is_exact(digits)
    return digits and #digits <= 15 and string.find(digits, '^%d+$') ~= nil
end

local function digits_of(number) return string.format('%.0f', number) end

-- Milliseconds since 1970.
local known_time
local function clock()
    if not known_time then
        local time = call('TIME')
        known_time = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    end
    return known_time
end

-- Exact but slow: XINFO returns two whole entries.
local function log_info()
    if call('EXISTS', log) == 0 then return 0, nil end
    local info, length, last_id = call('XINFO', 'STREAM', log), 0, nil
    for i = 1, #info, 2 do
        if info[i] == 'length' then length = info[i + 1] end
        if info[i] == 'last-generated-id' then last_id = info[i + 1] end
    end
    return length, last_id
end

-- Does the log end where the head says? 'last' is what this script wrote last: the seq, the length of the log, and when
-- it expires. If the seq is still the head's, no earlier version wrote since (it leaves 'last' as it is). Then the
-- newest entry is proof enough, and there can only be fewer entries. If a later one was added and deleted, nothing is
-- lost, unless its id is above the next one: then XADD refuses that (see the end).
local found = redis.pcall('HMGET', head, 'epoch', 'tag', 'ms', 'seq', 'acts', 'bytes', 'counted', 'last', 'rules', 'files')
if found.err then return wrong_type(log, 'stream') or wrong_type(head, 'hash') or found end
local random, tag, ms, seq, has_acts, bytes, counted, last, has_rules, has_files = unpack(found)
local is_sound = random and #random == 16 and string.find(random, '^[0-9a-f]+$')
    and tag and #tag == 8 and string.find(tag, '^[0-9a-f]+$') and is_exact(ms) and is_exact(seq)
local last_id = is_sound and ms .. '-' .. seq
local its_seq, its_length, its_expiry = string.match(last or '', '^(%d+) (%d+) (%d+)$')
local fits, length, expires, is_counted = false, 0, 0, false
if is_sound and its_seq == seq then
    local newest = redis.pcall('XREVRANGE', log, '+', '-', 'COUNT', 1)
    if newest.err then return wrong_type(log, 'stream') or newest end
    fits = newest[1] and newest[1][1] == last_id
    length, expires = tonumber(its_length), tonumber(its_expiry)
end
if not fits then
    local wrong, generated_id = wrong_type(log, 'stream') or wrong_type(head, 'hash'), nil
    if wrong then return wrong end
    length, generated_id = log_info()
    fits, is_counted = is_sound and generated_id == last_id, true
end
if fits then ms, seq = tonumber(ms), tonumber(seq) end
if is_exact(bytes) and is_exact(counted) then
    bytes, counted = tonumber(bytes), tonumber(counted)
else
    bytes, counted = nil, nil
end

-- What the drafts of this call share, once one of them is to be written.
local replid, own_tag, now, ts, forks, fork_ids, spare
local has_written, has_acted, has_erased, has_ruled, has_filed, is_renewed = false, false, false, false, false, false

-- The server's tag tells a failover: after one, numbers may be used a second time.
local function look_at_server()
    local info = redis.pcall('INFO', 'replication')
    if type(info) == 'table' then
        error(redis.error_reply(
            'ERR nodes may not use INFO, without which no failover can be told: grant +info (' .. info.err .. ')'))
    end
    local _, at = string.find(info, 'master_replid:', 1, true)
    local replid = at and string.match(info, '^%x+', at + 1)
    if not replid then
        error(redis.error_reply(
            'ERR INFO replication shows no master_replid: this server cannot tell its failovers'))
    end
    return replid, string.sub(replid, 1, 8)
end

local function new_random(replid)
    local digest = redis.sha1hex(table.concat({origin, room, replid, unpack(call('TIME'))}, ' '))
    local random = string.sub(digest, 1, 16)
    return random == string.rep('0', 16) and string.rep('0', 15) .. '1' or random
end

-- A list with one more word, at most 16.
local function with(list, word)
    local kept = {}
    for known in string.gmatch(list or '', '%S+') do kept[#kept + 1] = known end
    kept[#kept + 1] = word
    return table.concat(kept, ' ', math.max(1, #kept - 15))
end

-- The record of an act's target: its seq; 'd' (deleted), 'e <id of the last edit>' or nothing; then a line '<emoji>
-- <user>' per reaction. ActRecord.swift parses it, and applies the same rules in memory.
--
-- Returns the code of a refusal; or nil and what `apply` needs.
local function judge(user, act, has_acts, moderates)
    local most_emoji, most_emoji_of_one, most_reactions = 20, 5, 200
    local kind, target, target_seq = string.match(act, '^(%a+) (%d+%-(%d+))')
    local entry = call('XRANGE', log, target, target)[1]
    if not entry then return 'not_found' end
    local author, its_files
    for i = 1, #entry[2], 2 do
        if entry[2][i] == 'act' then return 'not_found' end
        if entry[2][i] == 'user' then author = entry[2][i + 1] end
        if entry[2][i] == 'files' then its_files = entry[2][i + 1] end
    end
    local before = has_acts and call('ZRANGEBYSCORE', acts, target_seq, target_seq)[1]
    local standing, reactions = string.match(before or '0\n\n', '^%d+\n([^\n]*)\n(.*)$')
    standing, reactions = standing or '', reactions or ''
    if standing == 'd' then return 'not_found' end
    if kind ~= 'react' and author ~= user and not (kind == 'delete' and moderates) then return 'forbidden' end
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
                return 'too_many_reactions'
            end
            reactions = reactions .. emoji .. ' ' .. user .. '\n'
        end
    end
    local first_id = call('XRANGE', log, '-', '+', 'COUNT', 1)[1][1]
    return nil, {
        kind = kind, target_seq = target_seq, before = before, standing = standing, reactions = reactions,
        first_seq = string.match(first_id, '%d+$'), files = kind == 'delete' and its_files,
    }
end

local function note_files(named, score)
    message_files.note(named, score, has_files, digits_of(seq), now)
    has_files, has_filed = true, true
end

-- `id`: of the act's own entry.
local function apply(change, id)
    local standing, reactions = change.standing, change.reactions
    if change.kind == 'edit' then standing = 'e ' .. id end
    if change.kind == 'delete' then standing, reactions = 'd', '' end
    if change.before then call('ZREM', acts, change.before) end
    call('ZADD', acts, change.target_seq, change.target_seq .. '\n' .. standing .. '\n' .. reactions)
    -- Drop records of trimmed messages. Only acts add records, so only acts clean up.
    call('ZREMRANGEBYSCORE', acts, '-inf', '(' .. change.first_seq)
    if change.files then note_files(change.files, '-' .. change.target_seq) end
end

-- Chooses the oldest entries to drop, by number and bytes, as RoomHistory.swift does: a few more than necessary, to do
-- it rarely, but a bounded number at once. Entries older than the byte count count as zero. If memory is tight, free as
-- much as is added, and credit any excess to the next message.
--
-- `total`: bytes with the new entry, of `size`. Returns the number to drop, the bytes that remain, and the excess.
local function make_room(size, total)
    if not is_counted then length, is_counted = log_info(), true end
    if is_tight and not spare then
        spare = call('HMGET', head, 'spare')[1]
        spare = is_exact(spare) and tonumber(spare) or 0
    end
    local drop, freed = 0, 0
    local to_free = is_tight and size - spare or 0
    local surplus = length >= history_length + 100 and length + 1 - history_length or 0
    local wanted = total > most_bytes and most_bytes - math.floor(most_bytes / 16) or total
    local from = '-'
    while (drop < surplus or total > wanted or freed < to_free) and drop < math.min(length, 128) do
        local doubled = drop > 0 and 1 or 0
        local some = call('XRANGE', log, from, '+', 'COUNT', 16 + doubled)
        if #some <= doubled then break end
        for i = doubled + 1, #some do
            if drop >= surplus and total <= wanted and freed >= to_free then break end
            local id, values, its_size = some[i][1], some[i][2], 128
            for j = 1, #values, 2 do
                if values[j] ~= 'ts' then its_size = its_size + #values[j + 1] end
            end
            freed = freed + its_size
            if tonumber(string.match(id, '%d+$')) >= counted then total = math.max(0, total - its_size) end
            drop = drop + 1
        end
        from = some[#some][1]
    end
    return drop, total, math.max(0, freed - to_free)
end

local room_rules
local function the_rules()
    room_rules = room_rules or load_rules(wrong_type, digits_of, clock)
    return room_rules
end

-- `first`: where its arguments begin. `seen`: the record of its key, if it has one.
local function publish(first, seen)
    local user, name, key, text, plain, act, its_files = unpack(ARGV, first, first + 6)
    local authority, re, is_change, wrong = '', '', false, nil
    local address = string.match(act, '^!from (%S+) ')
    if address then act = string.sub(act, #address + 8) end
    if string.sub(act, 1, 4) == '!re ' then re, act = string.sub(act, 5), '' end
    if act ~= '' then
        if string.sub(act, 1, 1) == '!' then authority, act = string.match(act, '^!(.-) (%a+ %d+%-%d+.*)$') end
        is_change = string.find(act, '^role ') or string.find(act, '^policy ')
        wrong = wrong_type(acts, 'zset')
    end
    if wrong then return wrong end
    if seen then
        local known = redis.pcall('GET', seen)
        if type(known) == 'table' then return wrong_type(seen, 'string') or known end
        if known and fits then
            local its_epoch, its_random, its_id, its_ms, its_seq =
                string.match(known, '^((%x+)%.%x+) ((%d+)%-(%d+))$')
            if its_random == random and is_exact(its_ms) and is_exact(its_seq) and tonumber(its_seq) <= seq then
                -- Written again, so that a following WAIT covers it.
                call('SET', seen, known, 'EX', dedupe_seconds)
                return {its_epoch, its_id, 1}
            end
        end
    end
    local refusal, wait, slow, ruling, moderates, change
    if has_rules or is_private or is_change or authority ~= '' or not fits and call('EXISTS', rules) == 1 then
        refusal, wait, slow, ruling, moderates = the_rules().judge(user, act, authority, not fits, has_rules, address)
        if refusal then return {refusal, wait} end
    end
    if act ~= '' and not is_change then
        if not fits then return {'not_found'} end
        refusal, change = judge(user, act, has_acts, moderates)
        if refusal then return {refusal} end
    end
    if its_files ~= '' or change and change.files then
        wrong = wrong_type(files, 'zset') or message_files.refusal(its_files)
        if wrong then return wrong end
    end

    if not own_tag then
        replid, own_tag = look_at_server()
        now = clock()
        ts = digits_of(now)
    end
    if not fits then
        if is_tight then return {'full'} end
        wrong = wrong_type(rules, 'hash')
        if wrong then return wrong end
        -- Delete only existing keys: after any write of a script, Redis lets XADD exceed maxmemory.
        if call('EXISTS', log, head, acts) > 0 then call('DEL', log, head, acts) end
        message_files.forget()
        random, tag, ms, seq, has_acts = new_random(replid), own_tag, 0, 0, false
        forks, fork_ids, has_files = '', '', false
        -- They outlive the log: what is lost opens no room.
        has_rules = call('HMGET', rules, 'version')[1]
        length, bytes, counted, expires = 0, nil, nil, 0
        fits, is_counted, is_renewed = true, true, true
    end
    if tag ~= own_tag then
        local known = call('HMGET', head, 'forks', 'fork_ids')
        forks, fork_ids = with(known[1], tag .. ':' .. digits_of(seq)), with(known[2], last_id)
        tag, is_renewed = own_tag, true
    end
    if not bytes then bytes, counted, is_renewed = 0, seq + 1, true end
    if ruling then act = the_rules().settled(ruling, act) end
    local size = 128 + #user + #name + #key + #text + #plain + #act + #re + #its_files
    local drop, total, excess = 0, bytes + size, spare
    if length >= history_length + 100 or total > most_bytes or is_tight then
        drop, total, excess = make_room(size, total)
    end
    local epoch = random .. '.' .. tag
    local id = (ms > now and digits_of(ms) or ts) .. '-' .. digits_of(seq + 1)
    local entry = {'user', user, 'name', name, 'key', key, 'ts', ts, 'text', text}
    if plain ~= '' then entry[11], entry[12] = 'plain', plain end
    if act ~= '' then entry[#entry + 1], entry[#entry + 2] = 'act', act end
    if re ~= '' then entry[#entry + 1], entry[#entry + 2] = 're', re end
    if its_files ~= '' then entry[#entry + 1], entry[#entry + 2] = 'files', its_files end
    -- The first write: if it fails, nothing has changed.
    if drop > 0 then
        call('XADD', log, 'MAXLEN', '=', length + 1 - drop, id, unpack(entry))
    else
        call('XADD', log, id, unpack(entry))
    end
    ms, seq, length, bytes, spare, has_written = math.max(ms, now), seq + 1, length + 1 - drop, total, excess, true
    if change then
        apply(change, id)
        has_acts, has_acted, has_erased = true, true, has_erased or change.kind ~= 'react'
    end
    if its_files ~= '' then note_files(its_files, digits_of(seq)) end
    if ruling then has_rules, has_ruled = the_rules().change(ruling, text), true end
    if slow then the_rules().note_speaker(user, slow) end
    if seen then call('SET', seen, epoch .. ' ' .. id, 'EX', dedupe_seconds) end

    -- The format of LiveWire.swift: a line with the lengths, then the fields.
    local header = string.format(
        'M %s %s %s %s %d %d %d %d %d', origin, epoch, id, ts, #user, #name, #key, #text, #plain)
    if act ~= '' then header = header .. ' ' .. #act end
    if re ~= '' or its_files ~= '' then header = header .. ' + ' .. #re end
    if its_files ~= '' then header = header .. ' ' .. #its_files end
    call(publish_command, channel, header .. '\n' .. user .. name .. key .. text .. plain .. act .. re .. its_files)
    return {epoch, id, 0}
end

local answers, count, next_key = {}, (#ARGV - 10) / 7, 7
local function publish_rest()
    for draft = #answers + 1, count do
        local first = 4 + 7 * draft
        local has_key = ARGV[first + 2] ~= ''
        answers[draft] = publish(first, has_key and KEYS[next_key])
        if has_key then next_key = next_key + 1 end
    end
end

local is_done, failure = pcall(publish_rest)
if not is_done and not has_written and fits then
    -- XADD may have refused the id because a later one was added and deleted: then begin a new epoch.
    local _, generated_id = log_info()
    if generated_id ~= last_id then
        fits = false
        is_done, failure = pcall(publish_rest)
    end
end

-- Even after a failure: the head must fit what is in the log.
if has_written then
    local ttl_seconds = tonumber(has_rules and ruled_seconds or unruled_seconds)
    -- Renew the expiry once a hundredth has passed; also if it is too far ahead, because the setting was lowered.
    local latest = math.floor(now / 1000) + ttl_seconds
    local is_due = expires < latest - ttl_seconds / 100 or expires > latest
    if is_due then expires = latest end
    seq = digits_of(seq)
    last = seq .. ' ' .. length .. ' ' .. expires
    if is_renewed then
        call('HSET', head, 'epoch', random, 'tag', tag, 'counted', digits_of(counted))
        if forks then call('HSET', head, 'forks', forks, 'fork_ids', fork_ids) end
    end
    if is_tight then call('HSET', head, 'spare', digits_of(spare)) end
    if has_acted then call('HSET', head, 'acts', 1) end
    if has_filed then call('HSET', head, 'files', 1) end
    -- Texts that nobody gets any more are in the log: see erase.lua.
    if has_erased then call('HSET', head, 'stale', seq) end
    if has_rules and (has_ruled or is_renewed) then call('HSET', head, 'rules', has_rules) end
    call('HSET', head, 'ms', digits_of(ms), 'seq', seq, 'bytes', digits_of(bytes), 'last', last)
    if is_due then
        call('EXPIRE', log, ttl_seconds)
        call('EXPIRE', head, ttl_seconds)
    end
    if has_acts and (is_due or has_acted) then call('EXPIRE', acts, ttl_seconds) end
    if has_files and (is_due or has_filed) then call('EXPIRE', files, ttl_seconds) end
    -- A day later than the log.
    if has_rules and (is_due or has_ruled) then call('EXPIRE', rules, ttl_seconds + 86400) end
end
if not is_done then
    -- A text or a table, depending on the version of Redis. Nodes look at the code, such as OOM.
    local text = type(failure) == 'table' and failure.err or tostring(failure)
    -- Redis before 7 puts the place before it: '@user_script: 253: -OOM command …'.
    text = string.match(text, '^@user_script: ?%d+: %-?(%u+ .*)$') or text
    failure = redis.error_reply(string.find(text, '^%u+ ') and text or 'ERR ' .. text)
    -- Redis refuses writes: as the answer to the call, READONLY also ends the node's connection.
    if not has_written then return failure end
    for draft = #answers + 1, count do answers[draft] = failure end
end
return answers
