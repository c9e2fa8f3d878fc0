-- Says which files the messages of a room have: docs/protocol.md, section 15. Which files may be deleted is decided by
-- it, so in doubt the answer is that a message has them.
--
-- KEYS: the room's log, its head, its files (message_files.lua). ARGV: the files.
-- Answer: for each file 1 (a message has it), -1 (its message or its room was deleted) or 0 (no message has it).
local log, head, files = KEYS[1], KEYS[2], KEYS[3]
local call = redis.call

local exists, is_sound = {}, true
for position, wanted in ipairs({'stream', 'hash', 'zset'}) do
    local found = call('TYPE', KEYS[position]).ok
    exists[position] = found == wanted
    is_sound = is_sound and (found == wanted or found == 'none')
end

-- Another program wrote here or deleted a key: the next message begins a new log.
local first_seq, has_files = math.huge, nil
if is_sound and (exists[1] or exists[2]) then
    local ms, seq
    ms, seq, has_files = unpack(call('HMGET', head, 'ms', 'seq', 'files'))
    local newest = exists[1] and call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
    is_sound = exists[2] and newest and newest[1] == (ms or '') .. '-' .. (seq or '')
    if is_sound then first_seq = tonumber(string.match(call('XRANGE', log, '-', '+', 'COUNT', 1)[1][1], '%d+$')) end
end

-- Up to which seq the index lacks files.
local lost = -1
if is_sound then
    if exists[3] then lost = tonumber(call('ZSCORE', files, '!') or lost) elseif has_files then lost = math.huge end
end

local answer = {}
for position, file in ipairs(ARGV) do
    local seq = is_sound and exists[3] and tonumber(call('ZSCORE', files, file) or nil)
    if not is_sound then
        answer[position] = 1
    elseif not seq then
        answer[position] = lost >= first_seq and 1 or 0
    else
        answer[position] = seq < 0 and -1 or seq >= first_seq and 1 or 0
    end
end
return answer
